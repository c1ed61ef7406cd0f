import { basename } from 'node:path';
import { Cancelled, FabricaError } from '../../support/errors';
import { shellWord } from '../../support/shell';
import { hereFor, thereFor, type Ended } from './date-runs';
import { datesOf } from './dates';
import type { RunsOptions } from './prepare';

/** Pods of so many runs take their turns, unless somebody says another number. */
const AT_ONCE = 3;

/**
 * `p:backfill`: a run for each date, here or in a cluster. One that fails leaves the others.
 *
 * @returns 0 when all succeeded, 1 when some didn't
 */
export async function backfill(options: RunsOptions): Promise<number> {
  const { words, progress, signal } = options;
  const dates = datesOf(words);
  const isHere = whereOf(words) === '';
  const atOnce = parallelOf(words.parallel, isHere);
  const runner = isHere ? await hereFor(options, dates) : await thereFor(options, dates);
  const waiting = [...dates];
  const ended: Ended[] = [];
  let broken: unknown;
  const work = async (): Promise<void> => {
    for (let date = waiting.shift(); date !== undefined; date = waiting.shift()) {
      const one = await runner(date).catch((error: unknown) => {
        signal.throwIfAborted();
        // What can't be begun for one can't be for another: those that go on are waited for.
        broken ??= error;
        waiting.length = 0;
      });
      if (!one) return;
      ended.push(one);
      progress.say(
        `${date}  ${one.outcome}${one.run ? `  ${one.run}` : ''}  (${ended.length} of ${dates.length})`,
      );
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
  } catch (error) {
    if (!signal.aborted) throw error;
    throw interrupted(options, dates, ended);
  }
  if (!broken) return summary(options, ended);
  if (ended.length) summary(options, ended);
  throw broken;
}

/** How a command names the cluster; nothing for this machine. */
function whereOf({ environment }: RunsOptions['words']): string {
  return environment && environment !== 'local' ? ` --environment=${environment}` : '';
}

function parallelOf(text: string | undefined, isHere: boolean): number {
  if (text === undefined) return isHere ? 1 : AT_ONCE;
  if (!isHere && /^[1-9]\d?$/.test(text)) return Number(text);
  throw new FabricaError(
    'bad-option',
    `--parallel=${text} is ${isHere ? 'for a cluster' : 'no number from 1 to 99'}`,
    {
      hint: isHere ? 'leave it out: here a run comes after the other' : '--parallel=3',
    },
  );
}

function interrupted(
  { words, signal, folder }: RunsOptions,
  dates: readonly string[],
  ended: readonly Ended[],
): Cancelled {
  const { reason } = signal as { reason: unknown };
  const done = new Set(ended.map(({ date }) => date));
  const rest = dates.filter((date) => !done.has(date));
  const where = whereOf(words);
  const still = where && '; those that have begun go on';
  return new Cancelled(reason instanceof Cancelled ? reason.signal : 'SIGINT', {
    still: `${ended.length} of ${dates.length} runs have ended${still}`,
    hint: `npx nx run ${basename(folder)}:backfill${words.pipeline ? ` ${words.pipeline}` : ''}${where} --from=${rest[0]} --to=${dates.at(-1)}${others(words)}`,
  });
}

/** What else was typed, for the command that does the rest. */
function others({ every, parameter, parallel, image, typed }: RunsOptions['words']): string {
  const options = Object.entries({ every, parameter, parallel, image });
  const given = options.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
  return [...given, ...typed].map((word) => ` ${shellWord(word)}`).join('');
}

function summary({ words, folder, progress }: RunsOptions, ended: readonly Ended[]): number {
  const runs = [...ended].sort((a, b) => a.date.localeCompare(b.date));
  const bad = runs.filter(({ outcome }) => outcome !== 'succeeded');
  if (words.json) process.stdout.write(`${JSON.stringify({ schema: 1, runs })}\n`);
  progress.say(`\n${ended.length - bad.length} of ${ended.length} runs succeeded`);
  const where = whereOf(words);
  if (bad.length) progress.say('Next:');
  for (const { run: id, date } of bad.filter(({ run }) => run).slice(0, 5))
    progress.say(
      `  npx nx run ${basename(folder)}:${where ? `run${where} --follow` : 'resume'} --run=${id}   # ${date}`,
    );
  return bad.length ? 1 : 0;
}

import { join } from 'node:path';
import { overrideWords, placesEnvironment } from '../../../bin/pipeline-arguments.cjs';
import { commandEnvironment, environmentName, pythonOf, runEnvironment } from '../../../bin/shared.cjs';
import { planText } from '../../python/plan';
import { Cancelled, FabricaError } from '../../support/errors';
import { run } from '../../support/processes';
import { overridesFor, readEnvironment, readProject } from '../../workspace';
import { parsePlan } from '../plan';
import { dateParameter, datesOf } from './dates';
import { pipelineNamed, releaseOf, type RunsCommand, type RunsOptions } from './run';
import { ensureAccess, newRun, setsOf, submit, workflowOf } from './submit';
import { watch } from './watch';

/** Pods of so many runs take their turns, unless somebody says another number. */
const AT_ONCE = 3;

/** How the run for a date ended. */
interface Ended {
  readonly date: string;
  readonly outcome: string;
  readonly run?: string;
}

type Runner = (date: string) => Promise<Ended>;

/**
 * `p:backfill`: a run for each date, here or in a cluster. One that fails leaves the others.
 *
 * @returns 0 when all succeeded, 1 when some didn't
 */
export async function backfill(options: RunsOptions): Promise<number> {
  const { words, progress, signal } = options;
  const dates = datesOf(words);
  const isHere = words.environment === undefined || words.environment === 'local';
  const atOnce = parallelOf(words.parallel, isHere);
  const runner = isHere ? await hereFor(options, dates) : await thereFor(options, dates);
  const waiting = [...dates];
  const ended: Ended[] = [];
  const work = async (): Promise<void> => {
    for (let date = waiting.shift(); date !== undefined; date = waiting.shift()) {
      const one = await runner(date);
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
    throw interrupted(options, dates, ended, isHere);
  }
  return summary(options, ended);
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

/** Runs on this machine, one after the other, shown as each is. */
async function hereFor(
  { root, folder, words, signal, progress }: RunsOptions,
  dates: readonly string[],
): Promise<Runner> {
  const project = readProject(root, folder);
  const pipeline = pipelineNamed(root, project, words.pipeline);
  const overrides = overridesFor(project.overrides, pipeline, environmentName());
  const plan = parsePlan(await planText(root, project, pipeline, overrides, { typed: words.typed, signal }));
  const parameter = dateParameter(plan, words.parameter);
  // Told before anything runs: that the parameter takes no dates.
  await planText(root, project, pipeline, overrides, {
    typed: ['--set', `${parameter}=${dates[0]}`],
    signal,
  });
  const at = join(root, folder);
  const env = { ...runEnvironment(commandEnvironment(root, at)), ...placesEnvironment(overrides) };
  return async (date) => {
    progress.say(`\n${parameter}=${date}`);
    const typed = [...overrideWords(overrides), ...words.typed, '--set', `${parameter}=${date}`, '--json'];
    let last = '';
    const { code } = await run(pythonOf(at), ['-m', 'fabrica.pipelines', 'run', pipeline, ...typed], {
      ...{ cwd: at, env, signal, stderr: 'inherit', keep: false },
      register: { root, kind: 'run', project: project.name },
      onLine: (line) => (last = line.includes('"run-ended"') ? line : last),
    });
    const { outcome = 'failed', run: id } = JSON.parse(last || '{}') as { outcome?: string; run?: string };
    return { date, outcome: code === 0 ? 'succeeded' : outcome, run: id };
  };
}

/** Runs in a cluster, by one image and one plan. */
async function thereFor(options: RunsOptions, dates: readonly string[]): Promise<Runner> {
  const { root, folder, words, signal, progress } = options;
  const environment = readEnvironment(root, words.environment);
  const command: RunsCommand = { ...options, project: readProject(root, folder), environment };
  const release = await releaseOf(command);
  const [plan] = release.plans;
  if (!plan) throw new Error('a release of one pipeline has one plan');
  const parameter = dateParameter(plan, words.parameter);
  const typed = [...words.typed, '--set', `${parameter}=${dates[0]}`];
  await planText(root, command.project, plan.pipeline, [], { typed, signal });
  await ensureAccess(release, signal);
  const sets = setsOf(words.typed);
  return async (date) => {
    const id = newRun();
    const name = await submit(
      environment,
      workflowOf(release, plan, id, { ...sets, [parameter]: date }),
      signal,
    );
    let phase: string | undefined;
    await watch(environment, name, {
      signal,
      look: ({ status }) => (phase = status?.phase),
      say: (text) => progress.say(text),
    });
    return { date, outcome: phase === 'Succeeded' ? 'succeeded' : 'failed', run: id };
  };
}

function interrupted(
  { words, signal, folder }: RunsOptions,
  dates: readonly string[],
  ended: readonly Ended[],
  isHere: boolean,
): Cancelled {
  const { reason } = signal as { reason: unknown };
  const done = new Set(ended.map(({ date }) => date));
  const rest = dates.filter((date) => !done.has(date));
  const project = folder.split('/').at(-1);
  const where = isHere ? '' : ` --environment=${words.environment}`;
  const still = isHere ? '' : '; those that have begun go on';
  return new Cancelled(reason instanceof Cancelled ? reason.signal : 'SIGINT', {
    still: `${ended.length} of ${dates.length} runs have ended${still}`,
    hint: `npx nx run ${project}:backfill${words.pipeline ? ` ${words.pipeline}` : ''}${where} --from=${rest[0]} --to=${dates.at(-1)}`,
  });
}

function summary({ words, folder, progress }: RunsOptions, ended: readonly Ended[]): number {
  const bad = ended
    .filter(({ outcome }) => outcome !== 'succeeded')
    .sort((a, b) => a.date.localeCompare(b.date));
  const runs = [...ended].sort((a, b) => a.date.localeCompare(b.date));
  if (words.json) process.stdout.write(`${JSON.stringify({ schema: 1, runs })}\n`);
  progress.say(`\n${ended.length - bad.length} of ${ended.length} runs succeeded`);
  const project = folder.split('/').at(-1);
  const where =
    words.environment && words.environment !== 'local' ? ` --environment=${words.environment}` : '';
  if (bad.length) progress.say('Next:');
  for (const { run: id, date } of bad.slice(0, 5))
    progress.say(
      `  npx nx run ${project}:${where ? `run${where} --follow` : 'resume'} --run=${id}   # ${date}`,
    );
  return bad.length ? 1 : 0;
}

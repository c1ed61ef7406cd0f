import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, type Outcome } from './create';
import { Cancelled, formatError } from './errors';
import { help, readFlags, type Given } from './flags';
import { gitUser } from './git';
import { callingManager, readOptions, type Defaults, type Options } from './options';
import { ask } from './questions';
import { colour, say } from './terminal';

/** Ours, which is the plugin's too: both are released together. */
const { version } = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as {
  version: string;
};

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** The command: answers its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const controller = new AbortController();
  for (const name of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[])
    process.on(name, () => controller.abort(new Cancelled(name)));
  try {
    await work(readFlags(args), controller.signal);
    return 0;
  } catch (error) {
    process.stderr.write(formatError(error, (text) => colour('red', text)));
    return error instanceof Cancelled ? SIGNALS[error.signal as keyof typeof SIGNALS] : 1;
  }
}

async function work(given: Given, signal: AbortSignal): Promise<void> {
  if (given.help) return void process.stdout.write(help());
  if (given.version) return void process.stdout.write(`${version}\n`);
  const defaults: Defaults = {
    project: 'bikes',
    owner: await gitUser({ cwd: process.cwd(), signal }),
    manager: callingManager(process.env),
  };
  const options = readOptions(isInteractive(given) ? await ask(given, defaults) : given, defaults);
  process.stdout.write(nextSteps(options, await create(options, version, signal)));
}

function isInteractive(given: Given): boolean {
  const asked = given.yes || given['no-interactive'] || process.env.CI;
  return !asked && process.stdin.isTTY === true && process.stderr.isTTY === true;
}

function nextSteps({ said, project }: Options, { uncommitted }: Outcome): string {
  if (uncommitted) say(`${colour('yellow', '!')} git made no commit:\n${uncommitted}`);
  const commands = [
    `cd ${said}`,
    ...(uncommitted ? ['git add --all && git commit --message "Start"'] : []),
    `npx nx test ${project}`,
    `npx nx run ${project}:deploy`,
  ];
  return `\nNext:\n${commands.map((command) => `  ${command}\n`).join('')}`;
}

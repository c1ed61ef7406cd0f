import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { CreateError } from './errors';

/** How long a program may take to end when it is asked to, in milliseconds. */
const GRACE = 15_000;

/** How many of its last lines are shown when it fails. */
const SHOWN = 25;

export interface RunOptions {
  readonly cwd: string;
  readonly signal?: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
}

/** What a program answered. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  /** The last lines that it printed, to both, indented. */
  readonly said: string;
}

/**
 * Runs a program to its end, in a process group of its own: Ctrl-C reaches it through us, once, and all that it started
 * ends with it.
 *
 * @throws CreateError when there is no such program, the reason of the signal when that is aborted. A program that
 *   fails is no error here.
 */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, signal, env = process.env }: RunOptions,
): Promise<Answer> {
  signal?.throwIfAborted();
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const stop = () => void end(child);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const output = { stdout: '', both: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
      output.both += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.both += text));
    const [code] = (await once(child, 'close')) as [number | null];
    signal?.throwIfAborted();
    return { code: code ?? 1, stdout: output.stdout, said: lastLines(output.both) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new CreateError(`${command} is not installed, or not on the PATH`);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function end(child: ChildProcess): Promise<void> {
  const hard = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE);
  child.once('close', () => clearTimeout(hard));
  signalGroup(child, 'SIGTERM');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function lastLines(text: string): string {
  const lines = text.trim().split('\n').slice(-SHOWN);
  return lines.map((line) => `  ${line}`.trimEnd()).join('\n');
}

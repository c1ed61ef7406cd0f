import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { GRACE, stopTree } from '../../bin/process-tree.cjs';
import {
  forgetProcess,
  processFolder,
  processIdentity,
  registerProcess,
  type NewProcess,
  type ProcessRecord,
} from '../../bin/shared.cjs';
import { Cancelled, FabricaError } from './errors';
import { interruptible } from './interrupts';
import { redact } from './secrets';

export type { ProcessRecord };
export { stopTree };

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment; the caller's by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** What the program reads from its standard input; nothing by default. */
  readonly input?: string;
  readonly signal?: AbortSignal;
  /** Called for each line as it comes, secrets hidden. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** False for a program that prints for hours: its stdout goes to `onLine` alone. */
  readonly keep?: boolean;
  /** `inherit` hands the caller's stderr to the program, so that it can draw its own progress. */
  readonly stderr?: 'capture' | 'inherit';
  /** How long it may take to end when it is cancelled, in milliseconds. */
  readonly grace?: number;
  /** Notes the process under .fabrica/processes for as long as it runs. */
  readonly register?: { readonly root: string } & Pick<NewProcess, 'kind' | 'project' | 'address'>;
}

export interface RunResult {
  /** The exit code; 128 and more when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end. It gets an argument array, never a shell string; it runs in a process group of its
 * own, so that Ctrl-C reaches it through us, once, and ends everything that it started.
 *
 * @throws FabricaError `program-missing` when there is no such program; Cancelled when the signal is aborted.
 *   A program that fails is no error here: look at `code`, or use {@link runOrFail}.
 * @example
 * const { stdout } = await run('git', ['rev-parse', 'HEAD'], { cwd: root });
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: [
      options.input === undefined ? 'ignore' : 'pipe',
      'pipe',
      options.stderr === 'inherit' ? 'inherit' : 'pipe',
    ],
    detached: process.platform !== 'win32',
  });
  const ended = endOf(child, command);
  const record = child.pid === undefined ? undefined : note(child.pid, command, args, options.register);
  const abort = (): void =>
    void stopTree(child.pid, reasonSignal(options.signal), options.grace).catch(() => undefined);
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    const output = collect(child, options);
    if (options.input !== undefined) feed(child, options.input);
    const code = await ended;
    options.signal?.throwIfAborted();
    return { code, ...(await output) };
  } finally {
    options.signal?.removeEventListener('abort', abort);
    if (record && options.register) forgetProcess(options.register.root, record);
  }
}

/** What a person is told of a program that fails. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Takes out of the program's own words what would mislead. */
  readonly edit?: (said: string) => string;
}

/** Like {@link run}, but a program that fails is an error that shows the last lines it printed. */
export async function runOrFail(
  command: string,
  args: readonly string[],
  options: RunOptions & { readonly failure: Failure },
): Promise<RunResult> {
  const result = await run(command, args, options);
  if (result.code === 0) return result;
  throw failed(result, options.failure);
}

/** The error for a program that failed, with the last lines that it printed. */
export function failed({ stdout, stderr }: RunResult, { code, message, hint, edit }: Failure): FabricaError {
  const output = stderr || stdout;
  const said = lastLines(edit?.(output) ?? output, 30);
  return new FabricaError(code, `${message}${said && `\n${indent(said)}`}`, { hint });
}

function reasonSignal(signal: AbortSignal | undefined): NodeJS.Signals {
  const reason: unknown = signal?.reason;
  return (reason as { signal?: NodeJS.Signals } | undefined)?.signal ?? 'SIGTERM';
}

function note(pid: number, command: string, args: readonly string[], register: RunOptions['register']) {
  if (!register) return undefined;
  const { root, ...fields } = register;
  return registerProcess(root, { ...fields, pid, command: [command, ...args].map(redact) });
}

function endOf(child: ChildProcess, command: string): Promise<number> {
  return new Promise((done, failed) => {
    child.once('error', (error: NodeJS.ErrnoException) => failed(notStarted(command, error)));
    child.once('close', (code, signal) => done(code ?? 128 + signalNumber(signal)));
  });
}

function notStarted(command: string, error: NodeJS.ErrnoException): FabricaError {
  const message =
    error.code === 'ENOENT'
      ? `${command} is not installed, or not on the PATH`
      : `${command} does not start: ${error.message}`;
  return new FabricaError('program-missing', message, { cause: error });
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal as string] ?? 0;
}

function feed(child: ChildProcess, input: string): void {
  // A program that ends before it has read everything is judged by its exit code.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
}

async function collect(
  child: ChildProcess,
  { onLine, keep = true }: RunOptions,
): Promise<{ stdout: string; stderr: string }> {
  const read = async (name: 'stdout' | 'stderr'): Promise<string> => {
    const stream = child[name];
    if (!stream) return '';
    const lines: string[] = [];
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      if (keep || name === 'stderr') lines.push(line);
      onLine?.(redact(line), name);
    }
    return lines.length ? lines.join('\n') + '\n' : '';
  };
  const [stdout, stderr] = await Promise.all([read('stdout'), read('stderr')]);
  return { stdout, stderr };
}

/** Does work of this very process under a note, so that others find who is at it. */
export async function noted<T>(
  root: string,
  fields: Omit<NewProcess, 'pid'>,
  work: () => Promise<T>,
): Promise<T> {
  const record = registerProcess(root, { ...fields, pid: process.pid });
  try {
    return await work();
  } finally {
    if (record) forgetProcess(root, record);
  }
}

export interface DaemonOptions extends Omit<NewProcess, 'pid' | 'command' | 'id'> {
  readonly root: string;
  /** A fixed id makes the process easy to find again: `registry-pypi`. */
  readonly id?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The file that its output goes to, from its start on. */
  readonly log: string;
}

/** Those that this command started: an interrupted command ends them again (see {@link interruptibleIn}). */
const startedHere = new Map<string, ProcessRecord>();

/**
 * Starts a program that outlives this command, in a session of its own, and notes it under .fabrica/processes.
 *
 * @throws FabricaError `program-missing`, or `ended-at-once` with the log's last lines.
 */
export async function startDaemon(
  command: string,
  args: readonly string[],
  options: DaemonOptions,
): Promise<ProcessRecord> {
  const { root, cwd, env, log, ...fields } = options;
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'w', 0o600);
  try {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      detached: true,
      stdio: ['ignore', output, output] as StdioOptions,
    });
    // Noted before anything else happens: whoever ends this command now must not leave a process that nobody knows.
    const record =
      child.pid === undefined
        ? undefined
        : registerProcess(root, { ...fields, log, pid: child.pid, command: [command, ...args].map(redact) });
    if (record) startedHere.set(record.id, record);
    await started(child, command);
    child.unref();
    if (!record) throw endedAtOnce(command, log);
    return record;
  } finally {
    closeSync(output);
  }
}

function started(child: ChildProcess, command: string): Promise<void> {
  return new Promise((done, failed) => {
    child.once('spawn', done);
    child.once('error', (error: NodeJS.ErrnoException) => failed(notStarted(command, error)));
  });
}

/** The error for a daemon that ended before it was of use; shows what it said last. */
export function endedAtOnce(what: string, log: string): FabricaError {
  const said = readLastLines(log, 20);
  return new FabricaError('ended-at-once', `${what} ended at once${said && `:\n${indent(said)}`}`, {
    hint: `see ${log}`,
  });
}

/**
 * A command's work, {@link interruptible}: what an interrupted command leaves is what was there before, so the daemons
 * that it started end again. Else they stay.
 *
 * @throws Cancelled when it was interrupted.
 */
export async function interruptibleIn<T>(
  root: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    const answer = await interruptible(work);
    startedHere.clear();
    return answer;
  } catch (error) {
    if (error instanceof Cancelled) await endStartedHere(root);
    throw error;
  }
}

/** From here on a daemon that this command started stays, also when it is interrupted. */
export function keepStarted(id: string): void {
  startedHere.delete(id);
}

/** Ends the daemons that this command started, those aside that stay. */
export async function endStartedHere(root: string): Promise<void> {
  const records = [...startedHere.values()];
  startedHere.clear();
  await Promise.all(records.map((record) => stopProcess(root, record)));
}

/**
 * The processes that Fabrica started in this workspace and that still run. Notes of ended ones are removed; a
 * process that got an ended one's number is told apart by the time when it started.
 */
export function listProcesses(
  root: string,
  matches: (record: ProcessRecord) => boolean = () => true,
): ProcessRecord[] {
  const running = notes(root).filter(({ record, file }) => {
    if (isRunning(record)) return matches(record);
    rmSync(file, { force: true });
    return false;
  });
  return running.map(({ record }) => record);
}

/** Whether the process of this note still runs. */
export function isRunning(record: ProcessRecord): boolean {
  return processIdentity(record.pid) === record.identity;
}

interface Note {
  readonly record: ProcessRecord;
  /** Never that of another process: it may be removed when this one has ended. */
  readonly file: string;
}

function notes(root: string): Note[] {
  const folder = processFolder(root);
  return namesIn(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => readNote(join(folder, name)));
}

function readNote(file: string): Note[] {
  try {
    return [{ record: JSON.parse(readFileSync(file, 'utf8')) as ProcessRecord, file }];
  } catch (error) {
    // Its process ended between the listing and the reading.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new FabricaError('bad-state', `${file} is not readable: ${(error as Error).message}`, {
      hint: `rm ${file}`,
      cause: error,
    });
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Ends a noted process and all that it started, and removes the note. Does nothing when it has ended already. */
export async function stopProcess(root: string, record: ProcessRecord, grace = GRACE): Promise<void> {
  if (isRunning(record)) await stopTree(record.pid, 'SIGTERM', grace);
  forgetProcess(root, record);
}

/** The last lines of a log file, secrets hidden; empty when there is none. */
export function readLastLines(file: string, count: number): string {
  try {
    return lastLines(readFileSync(file, 'utf8'), count);
  } catch {
    return '';
  }
}

function lastLines(text: string, count: number): string {
  return redact(text.trimEnd().split('\n').slice(-count).join('\n'));
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}

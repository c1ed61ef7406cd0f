import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { stopTree } from '../../bin/process-tree.cjs';
import { FabricaError } from './errors';

/** Whether a person can type here, and read the answer. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/**
 * Asks a person; Enter alone is yes.
 *
 * @example
 * if (await confirm('Make it anew?', signal)) …
 */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return !/^\s*n/i.test(await lines.question(`${question} [Y/n] `, { signal }));
  } finally {
    lines.close();
  }
}

export interface TerminalOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * Runs a program that has the terminal to itself: a shell, a debugger. It stays in the group that the terminal talks to,
 * so that it can read there.
 *
 * @returns the exit code; 128 and more when a signal ended it
 * @throws FabricaError `program-missing`
 */
export async function runOnTerminal(
  command: string,
  args: readonly string[],
  { cwd, env, signal }: TerminalOptions,
): Promise<number> {
  signal.throwIfAborted();
  const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: 'inherit' });
  const abort = (): void => void stopTree(child.pid, 'SIGHUP').catch(() => undefined);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await new Promise((done, broken) => {
      child.once('error', (cause) =>
        broken(new FabricaError('program-missing', `${command} does not start: ${cause.message}`, { cause })),
      );
      child.once('close', (code) => done(code ?? 128));
    });
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

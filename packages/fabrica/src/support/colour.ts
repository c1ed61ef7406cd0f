import { readlinkSync } from 'node:fs';
import { styleText } from 'node:util';

type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';

/**
 * Whether text on this stream is coloured: on a terminal, unless NO_COLOR is set; FORCE_COLOR decides where there is
 * none. Nx sets it to `true` for every task, also when its own output goes to a file: that is nobody's wish.
 */
export function coloured(
  stream: { isTTY?: boolean } = process.stderr,
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  if (env.NO_COLOR) return false;
  // Of a batch of tasks there is no one project.
  const isTask = env.NX_TASK_TARGET_PROJECT !== undefined || env.NX_FORKED_TASK_EXECUTOR !== undefined;
  const byNx = env.FORCE_COLOR === 'true' && isTask;
  if (byNx) return stream.isTTY === true || isParentOnTerminal();
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Colours a text for stderr, or leaves it as it is. */
export function colour(name: Colour, text: string): string {
  if (!coloured()) return text;
  return styleText(name, text, { validateStream: false } as Parameters<typeof styleText>[2]);
}

/** Whether Nx, which passes our output on, writes to a terminal. Only Linux tells; elsewhere Nx's word is taken. */
function isParentOnTerminal(): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return /^\/dev\/(pts\/|tty|console)/.test(readlinkSync(`/proc/${process.ppid}/fd/2`));
  } catch {
    return false;
  }
}

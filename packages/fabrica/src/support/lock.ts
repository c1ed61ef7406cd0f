import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { processIdentity } from '../../bin/shared.cjs';
import { stateFolder } from './files';

interface Turn {
  readonly number: number;
  readonly file: string;
}

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called once when another process holds the lock and this one has to wait. */
  readonly onWait?: () => void;
}

/**
 * Does work while no other process of this workspace does work under the same name: two starters don't start two
 * registries, two tests don't build one environment at once. A holder that was killed doesn't block the next.
 *
 * Turns are numbered files, created exclusively; the highest number is the lock's holder, and only after it
 * ended may number + 1 be created. Nothing that another could hold is ever removed.
 */
export async function withLock<T>(
  root: string,
  name: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const folder = stateFolder(root, 'locks', name);
  mkdirSync(folder, { recursive: true });
  const turn = await takeTurn(folder, options);
  try {
    return await work();
  } finally {
    writeFileSync(join(folder, `${turn.number}.done`), '');
  }
}

async function takeTurn(folder: string, { signal, onWait }: LockOptions): Promise<Turn> {
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    const last = lastTurn(folder);
    if (last !== undefined && isHeld(folder, last)) {
      if (!told) onWait?.();
      told = true;
      await wait(50, undefined, { signal }).catch(() => signal?.throwIfAborted());
      continue;
    }
    const turn = claim(folder, (last?.number ?? 0) + 1);
    if (turn) return turn;
  }
}

function claim(folder: string, number: number): Turn | undefined {
  const file = join(folder, String(number));
  const draft = join(folder, `draft-${randomUUID()}`);
  writeFileSync(draft, JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) }));
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  // Another may have been here in between and have cleaned up the number that we took: the highest one counts.
  if (lastTurn(folder)?.number !== number) {
    rmSync(file, { force: true });
    return undefined;
  }
  cleanUp(folder, number);
  return { number, file };
}

function lastTurn(folder: string): Turn | undefined {
  const numbers = readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  if (!numbers.length) return undefined;
  const number = Math.max(...numbers);
  return { number, file: join(folder, String(number)) };
}

function isHeld(folder: string, turn: Turn): boolean {
  if (readdirSync(folder).includes(`${turn.number}.done`)) return false;
  try {
    const owner = JSON.parse(readFileSync(turn.file, 'utf8')) as { pid: number; identity: string };
    return processIdentity(owner.pid) === owner.identity;
  } catch {
    // Gone: a later turn cleaned it up. Look again.
    return true;
  }
}

function cleanUp(folder: string, number: number): void {
  for (const name of readdirSync(folder)) {
    const of = Number.parseInt(name, 10);
    if (of < number) rmSync(join(folder, name), { force: true });
  }
}

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { FabricaError, formatError } from '../support/errors';
import type { Checked } from './check';
import { checkFolder } from './read';
import { readWorld, type World } from './world';

/** What came of checking one folder: a result, or why there is none, as a person reads it. */
export interface Outcome {
  readonly folder: string;
  readonly seconds: number;
  readonly result: { readonly checked: Checked } | { readonly error: string };
}

/** What threads check together: each takes the next folder, until there is none. */
export interface Work {
  readonly root: string;
  readonly folders: readonly string[];
  /** The index of the next folder, shared by the threads. */
  readonly next: Int32Array;
  readonly world: World;
  /** The day on which exceptions end, such as 2026-11-21. */
  readonly today: string;
}

/** A thread takes about 0.2 s to start, in which another checks this many projects. */
const PER_THREAD = 100;
const THREADS = 4;

/** Checks the units in some folders: a few in this thread, many in several. */
export async function* checkAll(
  root: string,
  folders: readonly string[],
  today: string,
): AsyncGenerator<Outcome> {
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const work = { root, folders, next, world: readWorld(root), today };
  const threads = Math.min(availableParallelism(), THREADS, Math.floor(folders.length / PER_THREAD));
  const helpers = Array.from({ length: Math.max(0, threads - 1) }, () => helpWith(work));
  yield* check(work);
  for (const outcomes of helpers) yield* await outcomes;
}

/** Checks one unit after the other. What goes wrong with one is its outcome. */
export function* check({ root, folders, next, world, today }: Work): Generator<Outcome> {
  for (let index = Atomics.add(next, 0, 1); index < folders.length; index = Atomics.add(next, 0, 1)) {
    const folder = folders[index] as string;
    const start = performance.now();
    const result = tryToCheck(root, folder, world, today);
    yield { folder, seconds: (performance.now() - start) / 1000, result };
  }
}

function tryToCheck(root: string, folder: string, world: World, today: string): Outcome['result'] {
  try {
    const unit = world.byFolder.get(folder);
    if (!unit) throw new FabricaError('no-unit', `${folder} is no project or package`);
    return { checked: checkFolder(root, unit, world, today) };
  } catch (error) {
    return { error: formatError(error, { from: root }) };
  }
}

/** What another thread makes of the work. */
function helpWith(work: Work): Promise<readonly Outcome[]> {
  const file = join(__dirname, '..', '..', 'bin', 'boundaries-thread.cjs');
  const outcomes = new Promise<readonly Outcome[]>((resolve, reject) => {
    const worker = new Worker(file, { workerData: work });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a thread ended with ${code} before its work was done`)));
  });
  // Whoever awaits it is busy meanwhile: until then nobody must take a failure for one that is lost.
  outcomes.catch(() => undefined);
  return outcomes;
}

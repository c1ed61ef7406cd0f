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

/** What a thread checks. */
export interface Share {
  readonly root: string;
  readonly folders: readonly string[];
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
  const world = readWorld(root);
  const [own, ...others] = sharesOf(folders, threadsFor(folders.length));
  const helped = others.map((share) => inThread({ root, folders: share, world, today }));
  yield* checkShare({ root, folders: own ?? [], world, today });
  for (const outcomes of helped) yield* await outcomes;
}

function threadsFor(units: number): number {
  return Math.max(1, Math.min(availableParallelism(), THREADS, Math.floor(units / PER_THREAD)));
}

/** Dealt out like cards, since neighbours are often alike. */
function sharesOf(folders: readonly string[], threads: number): string[][] {
  return Array.from({ length: threads }, (_, thread) =>
    folders.filter((_folder, index) => index % threads === thread),
  );
}

/** Checks some units, one after the other. What goes wrong with one is its outcome. */
export function* checkShare({ root, folders, world, today }: Share): Generator<Outcome> {
  for (const folder of folders) {
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

function inThread(share: Share): Promise<readonly Outcome[]> {
  const file = join(__dirname, '..', '..', 'bin', 'boundaries-thread.cjs');
  const outcomes = new Promise<readonly Outcome[]>((resolve, reject) => {
    const worker = new Worker(file, { workerData: share });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('a thread ended before it had checked its projects')));
  });
  return outcomes.catch((error: unknown) =>
    share.folders.map((folder) => ({ folder, seconds: 0, result: { error: formatError(error) } })),
  );
}

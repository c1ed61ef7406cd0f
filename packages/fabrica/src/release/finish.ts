import type { AfterAllProjectsVersioned } from 'nx/release';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pythonPackages } from '../python/packages';
import { Cancelled, FabricaError, forNx, reportError } from '../support/errors';
import { exitCodeOf } from '../support/interrupts';
import { interruptibleIn } from '../support/processes';
import { Progress } from '../support/progress';
import { DEV_LOCK } from '../python/requirements';
import { noteWritten, takeBack } from './guard';
import { lockIsStale, recordRelease, relock } from './record';

/** The folders of the packages that got a version in this process. */
const versioned = new Set<string>();

/** Remembers that a package gets a version: its record is written when all of them have theirs. */
export function noteVersioned(folder: string): void {
  versioned.add(folder);
}

/**
 * Nx has written the versions and the requirements of all packages, and is about to write the changelogs and to
 * commit: the locks and the records belong to that commit. When this fails, what was written is taken back.
 */
export const afterAllProjectsVersioned: AfterAllProjectsVersioned = async (root, { dryRun }) => {
  const folders = [...versioned].sort();
  versioned.clear();
  if (dryRun || !folders.length) return { changedFiles: [], deletedFiles: [] };
  try {
    return await interruptibleIn(root, async (signal) => {
      await noteWritten(root);
      await finish(root, folders, signal);
      return { changedFiles: await noteWritten(root), deletedFiles: [] };
    });
  } catch (error) {
    await takeBack(root);
    if (error instanceof Cancelled) endNow(root, error.signal);
    throw error instanceof FabricaError ? forNx(root, error) : error;
  }
};

/** Nx would tell of a failure, with advice to look at the stack. */
function endNow(root: string, signal: NodeJS.Signals): never {
  const still = 'what the release had written is taken back';
  reportError(new Cancelled(signal, { still, hint: 'npx nx release, to begin again' }), { from: root });
  process.exit(exitCodeOf(signal));
}

async function finish(root: string, folders: readonly string[], signal: AbortSignal): Promise<void> {
  const progress = new Progress();
  const locked = pythonPackages(root).filter(({ folder }) => existsSync(join(root, folder, DEV_LOCK)));
  for (const { name, folder } of locked.filter((unit) => lockIsStale(root, unit.folder)))
    await progress.phase(`Lock ${name}`, () => relock(root, folder, { signal, progress }));
  for (const folder of folders)
    await progress.phase(`Record ${basename(folder)}`, () =>
      recordRelease(root, folder, { signal, progress }),
    );
}

import type { AfterAllProjectsVersioned } from 'nx/release';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { StartOptions } from '../registries/embedded';
import { recordFile } from '../registries/records';
import { isLocked } from '../python/check-lock';
import { pythonPackages } from '../python/packages';
import { Cancelled, FabricaError, forNx, reportError } from '../support/errors';
import { exitCodeOf } from '../support/interrupts';
import { interruptibleIn } from '../support/processes';
import { Progress } from '../support/progress';
import { DEV_LOCK } from '../python/requirements';
import { noteWritten, takeBack } from './guard';
import { recordRelease, relock } from './record';

type Unit = readonly [folder: string, version: string];

/** The packages that got a version in this process. */
const versioned = new Map<Unit[0], Unit[1]>();

/** Remembers that a package gets a version: its record is written when all of them have theirs. */
export function noteVersioned(folder: string, version: string): void {
  versioned.set(folder, version);
}

/**
 * Nx has written the versions and the requirements of all packages, and is about to write the changelogs and to
 * commit: the locks and the records belong to that commit. When this fails, what was written is taken back.
 */
export const afterAllProjectsVersioned: AfterAllProjectsVersioned = async (root, { dryRun }) => {
  const units = [...versioned].sort();
  versioned.clear();
  const progress = new Progress();
  // As Nx tells of the files that it would write itself.
  if (dryRun)
    for (const [folder, version] of units) progress.say(`CREATE ${recordFile(folder, version)} [dry-run]`);
  if (dryRun || !units.length) return { changedFiles: [], deletedFiles: [] };
  try {
    return await interruptibleIn(root, async (signal) => {
      await noteWritten(root);
      await finish(root, units, { signal, progress });
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

async function finish(root: string, units: readonly Unit[], options: Required<StartOptions>): Promise<void> {
  const { progress } = options;
  const locked = pythonPackages(root).filter(({ folder }) => existsSync(join(root, folder, DEV_LOCK)));
  for (const { name, folder } of locked.filter((unit) => !isLocked(root, unit.folder)))
    await progress.phase(`Lock ${name}`, () => relock(root, folder, options));
  for (const [folder] of units)
    await progress.phase(`Record ${basename(folder)}`, () => recordRelease(root, folder, options));
}

import { join } from 'node:path';
import { forgetFirstChoice, hasFirstChoice } from '../../python/first-choice';
import { outdatedPins } from '../../python/outdated-pins';
import { FabricaError } from '../../support/errors';
import { interruptibleIn } from '../../support/processes';
import { Progress } from '../../support/progress';
import { lockNow } from '../shared/lock';

/** States the dependencies with less; told why. */
export type Relax = (why: string) => void;

/**
 * Locks a project that was just taken in: with the versions that it ran with, else with those that fit what it states,
 * else with exact pins taken for lower limits. So it is, too, when a version that is pinned can't be installed with the
 * Python here, and a newer one can: what only builds with the tools of its time would lock, and not install.
 *
 * @param relax none where there is nothing to take away, or where the pins are to stay
 * @throws FabricaError of {@link lockNow}
 */
export async function firstLock(root: string, folder: string, relax?: Relax): Promise<void> {
  const at = join(root, folder);
  const first = hasFirstChoice(at) && (await locks(root, folder));
  if (!first) {
    forgetFirstChoice(at);
    if (!relax) return lockNow(root, folder);
    if (!(await locks(root, folder))) {
      relax("What is pinned can't be locked for the Pythons of the house");
      return lockNow(root, folder);
    }
  }
  if (relax) await installable(root, folder, relax);
}

/** Whether dependencies can be locked. */
async function locks(root: string, folder: string): Promise<boolean> {
  try {
    await lockNow(root, folder);
    return true;
  } catch (error) {
    if (error instanceof FabricaError && RESOLUTION.has(error.code)) return false;
    throw error;
  }
}

/** What uv says of dependencies that don't go together, or aren't there. */
const RESOLUTION = new Set(['lock-failed', 'several']);

async function installable(root: string, folder: string, relax: Relax): Promise<void> {
  const old = await outdated(root, folder);
  if (!old.length) return;
  // What is no pin of its own can move by itself; the others stay as they ran.
  await lockNow(root, folder, old);
  const pinned = await outdated(root, folder);
  if (!pinned.length) return;
  relax(`The Python here can't install ${pinned.join(', ')} as pinned`);
  await lockNow(root, folder, true);
}

function outdated(root: string, folder: string): Promise<string[]> {
  const progress = new Progress();
  return interruptibleIn(root, (signal) =>
    progress.quietly('Looking whether all can be installed', () =>
      outdatedPins(root, folder, { signal, progress }),
    ),
  );
}

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DEV_LOCK, LOCK } from '../../python/requirements';
import { FabricaError } from '../../support/errors';
import { writeAtomically } from '../../support/files';
import { lockNow } from '../shared/lock';

/** What can be tried where dependencies can't be locked as they are stated. */
export interface Fallbacks {
  /** The versions that the project ran with, by distribution: the first choice, where they fit. */
  readonly versions: ReadonlyMap<string, string>;
  /** States the dependencies with less; none where there is nothing to take away. */
  readonly relax?: () => void;
}

/**
 * Locks a project that was just taken in: with the versions that it ran with, else with those that fit what it states,
 * else with exact pins taken for lower limits.
 *
 * @throws FabricaError of {@link lockNow}
 */
export async function firstLock(root: string, folder: string, { versions, relax }: Fallbacks): Promise<void> {
  const pins = [...versions].map(([name, version]) => `${name}==${version}\n`).join('');
  if (pins && (await locks(root, folder, pins))) return;
  if (!relax) return lockNow(root, folder);
  if (await locks(root, folder)) return;
  relax();
  await lockNow(root, folder);
}

/** Whether dependencies can be locked. A lock keeps the pins that it finds, where they fit. */
async function locks(root: string, folder: string, pins = ''): Promise<boolean> {
  const files = [LOCK, DEV_LOCK].map((name) => join(root, folder, name));
  if (pins) for (const file of files) writeAtomically(file, pins);
  try {
    await lockNow(root, folder);
    return true;
  } catch (error) {
    for (const file of files) rmSync(file, { force: true });
    if (error instanceof FabricaError && RESOLUTION.has(error.code)) return false;
    throw error;
  }
}

/** What uv says of dependencies that don't go together, or aren't there. */
const RESOLUTION = new Set(['lock-failed', 'several']);

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DEV_LOCK, LOCK } from '../../python/requirements';
import { FabricaError } from '../../support/errors';
import { writeAtomically } from '../../support/files';
import { lockNow } from '../shared/lock';

/**
 * Locks a project that was just taken in. What it ran with is the first choice: a lock keeps the pins that it finds,
 * where they fit. Where those lead nowhere, it is locked without them.
 *
 * @param versions by distribution, as its old locks had them
 */
export async function firstLock(
  root: string,
  folder: string,
  versions: ReadonlyMap<string, string>,
): Promise<void> {
  const files = [LOCK, DEV_LOCK].map((name) => join(root, folder, name));
  const pins = [...versions].map(([name, version]) => `${name}==${version}\n`).join('');
  if (pins) for (const file of files) writeAtomically(file, pins);
  try {
    await lockNow(root, folder);
  } catch (error) {
    if (!pins) throw error;
    for (const file of files) rmSync(file, { force: true });
    if (!(error instanceof FabricaError) || error.code !== 'lock-failed') throw error;
    await lockNow(root, folder);
  }
}

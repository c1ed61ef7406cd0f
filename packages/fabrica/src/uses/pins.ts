import { join } from 'node:path';
import { DEV_LOCK, LOCK, normalise, readLock, versionsIn, type LockName } from '../python/requirements';
import { projectFolders } from '../workspace';

/** What the locks of a unit pin a distribution to. */
export interface Pinned {
  /** What production installs: `1.4.0`; several versions for several platforms or Pythons: `1.4.0, 2.0.0`. */
  readonly production?: string;
  /** What development installs. */
  readonly development?: string;
}

/** A project that pins a distribution. */
export interface PinningProject extends Pinned {
  /** Relative to the workspace: `projects/trip-duration`. */
  readonly folder: string;
}

/**
 * The projects whose locks pin a distribution, also those that get it through another one.
 *
 * @example
 * projectsThatPin(root, 'fabrica-storage');
 * // [{ folder: 'projects/trip-duration', production: '0.1.1', development: '0.1.1' }]
 */
export function projectsThatPin(root: string, distribution: string): PinningProject[] {
  const name = normalise(distribution);
  return projectFolders(root).flatMap((folder) => {
    const pinned = readPins(join(root, folder)).get(name);
    return pinned ? [{ folder, ...pinned }] : [];
  });
}

/** What the locks of a folder pin, by the normalised name of the distribution. */
export function readPins(at: string): Map<string, Pinned> {
  const versions = (lock: LockName) => versionsIn(readLock(at, lock) ?? []);
  const [production, development] = [versions(LOCK), versions(DEV_LOCK)];
  const names = new Set([...production.keys(), ...development.keys()]);
  return new Map(
    [...names].map((name) => [
      name,
      { production: production.get(name), development: development.get(name) },
    ]),
  );
}

import { basename, join } from 'node:path';
import { FabricaError, FabricaErrors } from '../support/errors';
import { HOMES } from '../workspace/layout';
import { readPyproject, type Pyproject, type StatedRequirement } from './pyproject';
import { DEV_LOCK, LOCK, normalise, readLock, type Pin } from './requirements';
import { satisfies } from './versions';

/** `project`: two locks, production and development. `package`: one, of third-party distributions for development. */
export type UnitKind = 'project' | 'package';

/** What a folder (relative to the workspace) holds: shared packages live in packages/, all else are projects. */
export function kindOf(folder: string): UnitKind {
  return folder.split(/[\\/]/)[0] === HOMES.package ? 'package' : 'project';
}

/**
 * Whether the locks of a folder still fit its pyproject.toml: every dependency is pinned, at a version that it
 * allows, and development installs what production does. Reads three small files; asks no index.
 *
 * What was taken out of pyproject.toml stays in the lock until the next `lock`: locks name no origins, so its pin looks
 * like one that another dependency needs.
 *
 * @throws FabricaError `lock-missing`, `lock-stale` (all findings at once), with `nx run p:lock` as the way out.
 */
export function checkLock(root: string, folder: string): void {
  const at = join(root, folder);
  const pyproject = readPyproject(at);
  const hint = `nx run ${basename(folder)}:lock`;
  const found = kindOf(folder) === 'project' ? checkProject(at, pyproject) : checkPackage(at, pyproject);
  if (!found.length) return;
  const errors = found.map(
    ({ code, message, file, line }) =>
      new FabricaError(code, message, { hint, place: { file: join(at, file), line } }),
  );
  throw errors.length === 1 ? errors[0] : new FabricaErrors(errors);
}

interface Finding {
  readonly code: 'lock-missing' | 'lock-stale';
  readonly message: string;
  readonly file: string;
  readonly line?: number;
}

function checkProject(at: string, pyproject: Pyproject): Finding[] {
  const [pins, devPins] = [readLock(at, LOCK), readLock(at, DEV_LOCK)];
  if (!pins || !devPins) return [missing(pins ? DEV_LOCK : LOCK)];
  return [
    ...pyproject.dependencies.flatMap((wanted) => unfit(wanted, pins, LOCK)),
    ...pyproject.dev.flatMap((wanted) => unfit(wanted, devPins, DEV_LOCK)),
    ...pins.flatMap((pin) => disagreement(pin, devPins)),
  ];
}

function checkPackage(at: string, pyproject: Pyproject): Finding[] {
  const pins = readLock(at, DEV_LOCK);
  if (!pins) return [missing(DEV_LOCK)];
  const siblings = new Set(Object.keys(pyproject.paths).map(normalise));
  return [...pyproject.dependencies, ...pyproject.dev]
    .filter(({ name }) => !siblings.has(name))
    .flatMap((wanted) => unfit(wanted, pins, DEV_LOCK));
}

function missing(lock: string): Finding {
  return { code: 'lock-missing', message: 'the lock is missing', file: lock };
}

function unfit(wanted: StatedRequirement, pins: readonly Pin[], lock: string): Finding[] {
  const found = pins.filter((pin) => pin.name === wanted.name);
  const place = { file: 'pyproject.toml', line: wanted.line };
  if (!found.length) {
    // A dependency of other platforms or older Pythons has no pin where the lock can't meet it.
    if (wanted.marker) return [];
    return [{ code: 'lock-stale', message: `${wanted.name} is not in ${lock}`, ...place }];
  }
  if (found.some((pin) => satisfies(pin.version, wanted.specifier))) return [];
  const versions = found.map((pin) => pin.version).join(', ');
  const pinned = `${lock}:${found[0]?.line} pins ${versions}`;
  return [
    { code: 'lock-stale', message: `${wanted.name}${wanted.specifier} is wanted, but ${pinned}`, ...place },
  ];
}

function disagreement(pin: Pin, devPins: readonly Pin[]): Finding[] {
  const same = devPins.filter((other) => other.name === pin.name);
  if (same.some((other) => other.version === pin.version)) return [];
  const found = same.length ? `pins ${same.map((other) => other.version).join(', ')}` : 'lacks it';
  return [
    {
      code: 'lock-stale',
      message: `${pin.name} ${pin.version} is pinned, but ${DEV_LOCK} ${found}`,
      file: LOCK,
      line: pin.line,
    },
  ];
}

import { basename, join, resolve } from 'node:path';
import { FabricaError, throwAll } from '../support/errors';
import { readIfThere } from '../support/files';
import { damagedLocks } from './lock-damage';
import { lockInputs, statedInputs } from './lock-inputs';
import { kindOf } from './packages';
import { readPyproject, type Pyproject, type StatedRequirement } from './pyproject';
import { DEV_LOCK, LOCK, readLock, type Pin } from './requirements';
import { siblingsOf } from './siblings';
import { satisfies } from './versions';

/**
 * Whether the locks of a folder still fit its pyproject.toml: every dependency is pinned, at a version that it
 * allows, and development installs what production does. Reads a few small files; asks no index.
 *
 * The pins alone don't tell that an extra was added or a dependency taken out: that is seen by what a lock says that it
 * was made from. One that doesn't say, since another tool wrote it, is taken by its pins.
 *
 * @throws FabricaError `lock-missing`, `lock-stale` (all findings at once), with `npx nx run p:lock` as the way out;
 *   `lock-damaged` for what no tool wrote.
 */
export function checkLock(root: string, folder: string): void {
  throwAll(damagedLocks(root, folder));
  const at = join(root, folder);
  const pyproject = readPyproject(at);
  const hint = `npx nx run ${basename(folder)}:lock`;
  const misfits =
    kindOf(folder) === 'project' ? checkProject(at, pyproject) : checkPackage(root, folder, pyproject);
  const found = misfits.length ? misfits : checkInputs(root, folder);
  const errors = found.map(
    ({ code, message, file, line }) =>
      new FabricaError(code, message, { hint, place: { file: resolve(at, file), line } }),
  );
  throwAll(errors);
}

/** Whether a project or package has locks that are in step with its pyproject.toml. */
export function isLocked(root: string, folder: string): boolean {
  try {
    checkLock(root, folder);
    return true;
  } catch (error) {
    if (error instanceof FabricaError) return false;
    throw error;
  }
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

/** What its siblings need is in the lock, too: they are installed as they are on disk, without what they depend on. */
function checkPackage(root: string, folder: string, pyproject: Pyproject): Finding[] {
  const pins = readLock(join(root, folder), DEV_LOCK);
  if (!pins) return [missing(DEV_LOCK)];
  const siblings = siblingsOf(root, folder);
  const linked = new Set(siblings.map(({ distribution }) => distribution));
  const check = (wanted: readonly StatedRequirement[], lock: string): Finding[] =>
    wanted.filter(({ name }) => !linked.has(name)).flatMap((one) => unfit(one, pins, lock));
  const others = siblings.flatMap((sibling) => {
    const { file, dependencies } = readPyproject(join(root, sibling.folder));
    return check(dependencies, `${folder}/${DEV_LOCK}`).map((finding) => ({ ...finding, file }));
  });
  return [...check([...pyproject.dependencies, ...pyproject.dev], DEV_LOCK), ...others];
}

/** The last check, since it can't say which line of pyproject.toml it is. */
function checkInputs(root: string, folder: string): Finding[] {
  const changed = [...lockInputs(root, folder)].find(([lock, inputs]) => {
    const stated = statedInputs(readIfThere(join(root, folder, lock)) ?? '');
    return stated !== undefined && stated !== inputs;
  });
  if (!changed) return [];
  const [lock] = changed;
  return [{ code: 'lock-stale', message: `${lock} was made from other dependencies`, file: lock, line: 1 }];
}

function missing(lock: string): Finding {
  return { code: 'lock-missing', message: 'the lock is missing', file: lock };
}

function unfit(wanted: StatedRequirement, pins: readonly Pin[], lock: string): Finding[] {
  // It names a file, which no version has to fit.
  if (wanted.url) return [];
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

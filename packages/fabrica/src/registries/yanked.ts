import { join, relative } from 'node:path';
import { pythonPackages } from '../python/packages';
import { DEV_LOCK, LOCK, readLock, type Pin } from '../python/requirements';
import { compareVersions, satisfies } from '../python/versions';
import { FabricaError, throwAll } from '../support/errors';
import { recordsOf, type ReleaseRecord } from './records';
import { sharedRequirements } from './shared';

/** A released version that nobody should begin to use. */
export interface Yanked {
  /** The distribution, normalised. */
  readonly name: string;
  readonly version: string;
  readonly reason: string;
}

/**
 * The yanked versions that a folder may not lock: all but those that its locks hold already and that are not to be
 * moved. Indexes may say so, too (PEP 592), but few can; the records of this workspace always do.
 *
 * @param upgrade as for locking: all pins, some, or none are to be moved
 * @throws FabricaError `yanked` when pyproject.toml asks for such a version and no other
 */
export function refusedVersions(
  root: string,
  folder: string,
  upgrade: boolean | readonly string[] = false,
): Yanked[] {
  const moved = (name: string): boolean => upgrade === true || (upgrade && upgrade.includes(name));
  const held = pinsOf(root, folder).filter(({ name }) => !moved(name));
  const refused = yankedVersions(root).filter((one) => !held.some((pin) => isSame(pin, one)));
  throwAll(askedFor(root, folder, refused));
  return refused;
}

/** The yanked versions that the locks of a folder hold. */
export function yankedPins(root: string, folder: string): Yanked[] {
  const pins = pinsOf(root, folder);
  return yankedVersions(root).filter((one) => pins.some((pin) => isSame(pin, one)));
}

function pinsOf(root: string, folder: string): Pin[] {
  return ([LOCK, DEV_LOCK] as const).flatMap((name) => readLock(join(root, folder), name) ?? []);
}

function isSame(pin: Pin, { name, version }: Yanked): boolean {
  return pin.name === name && pin.version === version;
}

function yankedVersions(root: string): Yanked[] {
  return pythonPackages(root).flatMap(({ folder, distribution: name }) =>
    recordsOf(root, folder).flatMap(({ version, yanked }) => (yanked ? [{ name, version, ...yanked }] : [])),
  );
}

/** Requirements that only yanked versions fit, of those that were released here. */
function askedFor(root: string, folder: string, refused: readonly Yanked[]): FabricaError[] {
  const released = new Map(
    pythonPackages(root).map((unit) => [unit.distribution, recordsOf(root, unit.folder)] as const),
  );
  return sharedRequirements(root, folder).flatMap((wanted) => {
    if (wanted.url) return [];
    const fitting = (released.get(wanted.name) ?? []).filter((one) =>
      satisfies(one.version, wanted.specifier),
    );
    const yanked = refused.filter(
      (one) => one.name === wanted.name && fitting.some((fit) => fit.version === one.version),
    );
    if (!yanked.length || yanked.length < fitting.length) return [];
    const reasons = yanked.map(({ version, reason }) => `${version} is yanked: ${reason}`).join('; ');
    return new FabricaError('yanked', `${wanted.text}: ${reasons}`, {
      place: { file: wanted.file, line: wanted.line },
      hint: newest(released.get(wanted.name) ?? [], `${relative(root, wanted.file)}: ${wanted.name}`),
    });
  });
}

function newest(records: readonly ReleaseRecord[], where: string): string {
  const usable = records.filter(({ yanked }) => !yanked).map(({ version }) => version);
  const [best] = usable.sort((one, other) => compareVersions(other, one));
  return best
    ? `in ${where}==${best}`
    : `in ${where} without that version, or ask who owns it for another release`;
}

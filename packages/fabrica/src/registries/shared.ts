import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { wheelIdentity } from '../python/build';
import { kindOf } from '../python/packages';
import { pythonPackages, type PythonPackage } from '../python/packages';
import { readPyproject, type Pyproject, type StatedRequirement } from '../python/pyproject';
import { DEV_LOCK, LOCK, normalise, readLock, type Pin } from '../python/requirements';
import { siblingsOf } from '../python/siblings';

/** Where the packed plugin carries the wheels of Fabrica's own packages. */
const SHIPPED = join(__dirname, '..', 'wheels');

export interface ShippedWheel {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

/** The wheels that the plugin carries; none in the workspace where they are developed. */
export function shippedWheels(folder = SHIPPED): ShippedWheel[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.whl'))
    .sort();
  return files.map((file) => ({ ...wheelIdentity(file), path: join(folder, file) }));
}

/** The distributions that come from the private index: the workspace's own, and those that the plugin carries. */
export function sharedNames(root: string): Set<string> {
  const own = pythonPackages(root).map((unit) => unit.distribution);
  return new Set([...own, ...shippedWheels().map((wheel) => wheel.name)]);
}

/** The workspace's package that a pin names. */
export function packageOf(root: string, pin: Pick<Pin, 'name'>): PythonPackage | undefined {
  return pythonPackages(root).find(({ distribution }) => distribution === pin.name);
}

/**
 * Whether a folder takes anything from the private index: a shared package by name, what pyproject.toml takes from there
 * by name, for production or development, or what its present lock pins. Such a folder is never locked without that
 * index: whoever publishes the name on a public one would get in.
 */
export function usesPrivateIndex(root: string, folder: string): boolean {
  return (
    unitsOf(root, folder).some(({ indexed }) => indexed.length) ||
    sharedRequirements(root, folder).length > 0 ||
    sharedPins(root, folder).length > 0
  );
}

/** A requirement and the pyproject.toml that states it. */
export type PlacedRequirement = StatedRequirement & { readonly file: string };

/** What a folder and the packages that are locked with it state that comes from the private index. */
export function sharedRequirements(root: string, folder: string): PlacedRequirement[] {
  const units = unitsOf(root, folder);
  const privately = privateNames(root, units);
  const stated = units.flatMap(({ file, dependencies, dev }, index) =>
    [...dependencies, ...(index ? [] : dev)].map((one) => ({ ...one, file })),
  );
  return stated.filter(({ name }) => privately.has(name));
}

/**
 * The pins of a folder's locks that come from the private index: shared packages, and what pyproject.toml takes
 * from there by name.
 */
export function sharedPins(root: string, folder: string): Pin[] {
  const privately = privateNames(root, unitsOf(root, folder));
  const pins = ([LOCK, DEV_LOCK] as const)
    .flatMap((name) => readLock(join(root, folder), name) ?? [])
    .filter((pin) => privately.has(pin.name));
  return [...new Map(pins.map((pin) => [`${pin.name} ${pin.version}`, pin])).values()];
}

/** What is locked together: a project alone; a package with the packages that it develops against, itself first. */
function unitsOf(root: string, folder: string): Pyproject[] {
  const siblings = kindOf(folder) === 'package' ? siblingsOf(root, folder) : [];
  return [folder, ...siblings.map((sibling) => sibling.folder)].map((one) => readPyproject(join(root, one)));
}

/** What comes from the private index: all shared packages, save those that are taken by path. */
function privateNames(root: string, units: readonly Pyproject[]): Set<string> {
  const names = new Set([...sharedNames(root), ...units.flatMap(({ indexed }) => indexed)]);
  for (const { name, paths } of units)
    for (const local of [name, ...Object.keys(paths)]) names.delete(normalise(local));
  return names;
}

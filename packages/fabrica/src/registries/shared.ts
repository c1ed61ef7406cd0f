import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { wheelIdentity } from '../python/build';
import { pythonPackages, type PythonPackage } from '../python/packages';
import { readPyproject } from '../python/pyproject';
import { DEV_LOCK, LOCK, readLock, type Pin } from '../python/requirements';

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
 * The pins of a folder's locks that come from the private index: shared packages, and what pyproject.toml takes
 * from there by name.
 */
export function sharedPins(root: string, folder: string): Pin[] {
  const at = join(root, folder);
  const shared = new Set([...sharedNames(root), ...readPyproject(at).indexed]);
  const pins = ([LOCK, DEV_LOCK] as const)
    .flatMap((name) => readLock(at, name) ?? [])
    .filter((pin) => shared.has(pin.name));
  return [...new Map(pins.map((pin) => [`${pin.name} ${pin.version}`, pin])).values()];
}

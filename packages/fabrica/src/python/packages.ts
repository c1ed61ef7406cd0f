import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { HOMES } from '../workspace/layout';
import { readPyproject } from './pyproject';
import { normalise } from './requirements';

/** A shared Python package of the workspace, as building and publishing see it. */
export interface PythonPackage {
  /** The folder's name: `storage`. */
  readonly name: string;
  /** Relative to the workspace: `packages/storage`. */
  readonly folder: string;
  /** `fabrica-storage`, normalised. */
  readonly distribution: string;
  readonly version: string;
}

/** `project`: two locks, production and development. `package`: one, of third-party distributions for development. */
export type UnitKind = 'project' | 'package';

/** What a folder (relative to the workspace) holds: shared packages live in packages/, all else are projects. */
export function kindOf(folder: string): UnitKind {
  return folder.split(/[\\/]/)[0] === HOMES.package ? 'package' : 'project';
}

/**
 * The Python packages of the workspace. Reads their pyproject.toml files alone: a mistake in a project elsewhere
 * must not stop a package, or another project, from working.
 */
export function pythonPackages(root: string): PythonPackage[] {
  const home = join(root, HOMES.package);
  if (!existsSync(home)) return [];
  return readdirSync(home)
    .sort()
    .filter((name) => existsSync(join(home, name, 'pyproject.toml')))
    .map((name) => pythonPackage(root, `${HOMES.package}/${name}`));
}

/** The Python package in a folder (relative to the workspace). */
export function pythonPackage(root: string, folder: string): PythonPackage {
  const { name, version } = readPyproject(join(root, folder));
  return { name: folder.split('/').at(-1) as string, folder, distribution: normalise(name), version };
}

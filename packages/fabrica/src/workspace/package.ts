import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readPyproject } from '../python/pyproject';
import { FabricaError, messageOf } from '../support/errors';
import { readIfThere } from '../support/files';
import { NPM_MANIFEST, PYPROJECT } from './layout';

export type Language = 'python' | 'typescript';

/** A shared package of the workspace: versioned, published, pinned by the projects that use it. */
export interface Package {
  /** The folder's name, which is what Nx calls it: `storage`. */
  readonly name: string;
  readonly language: Language;
  /** As registries know it: `fabrica-storage`, or the npm name. */
  readonly distribution: string;
  readonly version: string;
  /** Relative to the workspace: `packages/storage`. */
  readonly folder: string;
  /** Names of the packages of this workspace that it develops against, by path; not what those need in turn. */
  readonly siblings: readonly string[];
}

/** The language of a package, by its manifest; undefined when the folder is no package. */
export function languageOf(root: string, folder: string): Language | undefined {
  if (existsSync(join(root, folder, PYPROJECT))) return 'python';
  return existsSync(join(root, folder, NPM_MANIFEST)) ? 'typescript' : undefined;
}

/**
 * Reads one package.
 *
 * @param folder relative to the workspace
 * @throws FabricaError that names the file
 */
export function readPackage(root: string, folder: string): Package {
  const language = languageOf(root, folder);
  if (language === 'python') return readPythonPackage(root, folder);
  if (language === 'typescript') return readNpmPackage(root, folder);
  throw new FabricaError(
    'no-package',
    `${folder} is no package: it has neither ${PYPROJECT} nor ${NPM_MANIFEST}`,
    { hint: `npx nx g fabrica:package ${basename(folder)}` },
  );
}

function readPythonPackage(root: string, folder: string): Package {
  const { name, version, paths } = readPyproject(join(root, folder));
  const siblings = Object.values(paths)
    .map((path) => basename(path))
    .sort();
  return { name: basename(folder), language: 'python', distribution: name, version, folder, siblings };
}

function readNpmPackage(root: string, folder: string): Package {
  const file = `${folder}/${NPM_MANIFEST}`;
  const manifest = readManifest(root, file);
  const { name, version } = manifest;
  if (!name || !version)
    throw new FabricaError('bad-manifest', `${file}: ${name ? 'version' : 'name'} is missing`, {
      place: { file },
    });
  return {
    name: basename(folder),
    language: 'typescript',
    distribution: name,
    version,
    folder,
    siblings: [],
  };
}

function readManifest(root: string, file: string): { name?: string; version?: string } {
  try {
    return JSON.parse(readIfThere(join(root, file)) ?? '{}') as { name?: string; version?: string };
  } catch (error) {
    throw new FabricaError('bad-manifest', `${file}: ${messageOf(error)}`, { place: { file }, cause: error });
  }
}

import { ENVIRONMENT, readConda } from './conda';
import { readPipfile } from './pipenv';
import { readPyprojectOf } from './pyproject';
import { REQUIREMENTS, readRequirements } from './requirements';
import type { PythonFacts } from './python-facts';
import { readSetup } from './setup';
import type { Manifest, ReadFile } from './types';

export type { Dependency, Left, Manifest, ReadFile } from './types';
export { lockedVersions } from './locks';
export { readPythonFacts, readPytest, type PythonFacts } from './python-facts';

/** What locks and builds, and means nothing once pyproject.toml says it. */
const SUPERSEDED = new Set([
  ...[
    'setup.py',
    'setup.cfg',
    'MANIFEST.in',
    'versioneer.py',
    'ez_setup.py',
    'pytest.ini',
    '.python-version',
  ],
  ...[
    'poetry.lock',
    'poetry.toml',
    'pdm.lock',
    'uv.lock',
    'pylock.toml',
    'conda-lock.yml',
    'Pipfile',
    'Pipfile.lock',
  ],
  'pyproject.toml',
]);

/** Locks for each platform. */
const LOCKS = /^(conda[\w-]*\.lock|pylock\.[\w-]+\.toml)$/;

/**
 * Reads all that says what a project needs, the weightiest first.
 *
 * @param paths the files of the project
 * @throws FabricaError with the file and the line that can't be read
 */
export function readManifests(paths: readonly string[], read: ReadFile, facts: PythonFacts): Manifest[] {
  const matching = (pattern: RegExp) =>
    paths.filter((path) => pattern.test(path)).sort((a, b) => a.length - b.length);
  const each = (files: readonly string[], reader: typeof readConda) =>
    files.map((file) => reader(file, read(file) ?? '', read));
  const setup = readSetup(facts, read);
  const found = [
    ...each(matching(/^pyproject\.toml$/), readPyprojectOf),
    ...each(matching(/^Pipfile$/), readPipfile),
    ...(setup ? [setup] : []),
    ...each(matching(ENVIRONMENT), readConda),
    ...each(matching(REQUIREMENTS), readRequirements),
  ];
  // What another one includes is read with it.
  const included = new Set(found.flatMap(({ reads = [] }) => reads));
  const own = found.filter(({ file, kind }) => kind !== 'requirements' || !included.has(file));
  return [...own.filter(({ isLock }) => !isLock), ...own.filter(({ isLock }) => isLock)];
}

/** The files that the new pyproject.toml stands for, so that they aren't taken along. */
export function supersededFiles(paths: readonly string[], manifests: readonly Manifest[]): Set<string> {
  const read = manifests.flatMap(({ file, reads = [] }) => [file, ...reads]);
  return new Set([...read, ...paths.filter((path) => SUPERSEDED.has(path) || LOCKS.test(path))]);
}

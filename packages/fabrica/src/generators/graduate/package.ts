import type { Tree } from '@nx/devkit';
import { readPyproject } from '../../python/pyproject';
import { normalise } from '../../python/requirements';
import { FabricaError } from '../../support/errors';
import { PYPROJECT } from '../../workspace';
import { join } from 'node:path';
import { rewriteFiles, type Renaming, type SourceFile } from '../shared/sources';
import { addRequirements } from '../shared/toml';
import type { Moving } from './moving';
import { importsIn, requirementsFor } from './needs';
import { forPackage, withDev } from './pins';
import type { Target } from './target';

/** Where a file of the project goes in the package's folder. */
export function placeIn({ module }: Target, { modules }: Moving, path: string): string {
  const [, from = ''] =
    modules
      .map((one) => [one, `src/${one.replaceAll('.', '/')}`] as const)
      .find(([, place]) => path.startsWith(`${place}/`) || path.startsWith(`${place}.`)) ?? [];
  if (!from) return path;
  return `src/${module.replaceAll('.', '/')}/${from.split('/').at(-1)}${path.slice(from.length)}`;
}

/** Moves files into the package. @throws FabricaError `name-taken` where it has such a file */
export function moveInto(
  tree: Tree,
  target: Target,
  moving: Moving,
  files: readonly SourceFile[],
  renaming: Renaming,
): void {
  const place = (path: string) => placeIn(target, moving, path);
  const taken = files.map(({ path }) => `${target.folder}/${place(path)}`).find((path) => tree.exists(path));
  if (taken)
    throw new FabricaError('name-taken', `${taken} exists already`, {
      hint: 'rename one of the two, or name another package',
    });
  const changed = new Map(
    rewriteFiles(moving.folder, files, { ...renaming, to: place }).map((file) => [file.path, file]),
  );
  for (const file of files) {
    const { path, content, mode } = changed.get(file.path) ?? file;
    tree.delete(`${moving.folder}/${path}`);
    tree.write(`${target.folder}/${place(path)}`, content, { mode });
  }
}

/** States what the modules and their tests need, as the project does. */
export function addNeeds(tree: Tree, target: Target, moving: Moving, tests: readonly SourceFile[]): void {
  const { indexed, dev } = readPyproject(join(tree.root, moving.folder));
  const needed = (files: readonly SourceFile[]) =>
    requirementsFor(tree.root, moving, importsIn(files)).filter(
      ({ name }) => name !== normalise(target.distribution),
    );
  const requirements = needed(moving.moved);
  const names = requirements.map(({ name }) => name);
  const stubs = dev.filter(({ name }) =>
    names.some((one) => name === `${one}-stubs` || name === `types-${one}`),
  );
  const file = `${target.folder}/${PYPROJECT}`;
  const text = addRequirements(
    file,
    tree.read(file, 'utf8') ?? '',
    requirements.map((one) => forPackage(one, indexed)),
    names.filter((name) => indexed.includes(name)),
  );
  const forTests = needed(tests).filter(({ name }) => !names.includes(name));
  tree.write(
    file,
    withDev(
      text,
      [...stubs, ...forTests].map((one) => one.text),
    ),
  );
}

const IMPORTS = 'tests/test_imports.py';

/** Gives a package without tests one that its modules can be imported: pytest takes no tests for a failure. */
export function addTest(tree: Tree, { folder }: Target, modules: readonly string[]): void {
  if (tree.children(`${folder}/tests`).some((name) => name.startsWith('test_'))) return;
  tree.write(
    `${folder}/${IMPORTS}`,
    `import importlib

import pytest


@pytest.mark.parametrize("module", ${JSON.stringify(modules).replaceAll(',', ', ')})
def test_it_can_be_imported(module: str):
    assert importlib.import_module(module).__name__ == module
`,
  );
}

import { join, relative, resolve } from 'node:path';
import { FabricaError } from '../support/errors';
import { pythonPackage, type PythonPackage } from './packages';
import { readPyproject } from './pyproject';

/** The shared packages that a package develops against, by path, and theirs; each once, none before what it needs. */
export function siblingsOf(root: string, folder: string): PythonPackage[] {
  const found = new Map<string, PythonPackage>();
  collect(root, folder, found, [folder]);
  return [...found.values()];
}

function collect(
  root: string,
  folder: string,
  found: Map<string, PythonPackage>,
  path: readonly string[],
): void {
  const { paths, file } = readPyproject(join(root, folder));
  for (const target of Object.values(paths)) {
    const sibling = relative(root, resolve(root, folder, target)).replaceAll('\\', '/');
    if (path.includes(sibling)) {
      throw new FabricaError(
        'package-cycle',
        `packages depend on each other in a circle: ${[...path, sibling].join(' → ')}`,
        { place: { file } },
      );
    }
    collect(root, sibling, found, [...path, sibling]);
    found.set(sibling, pythonPackage(root, sibling));
  }
}

import type { Tree } from '@nx/devkit';
import { PYPROJECT } from '../../workspace';
import { projectsIn } from '../shared/projects';
import { filesOf, rewriteFiles, type Renaming } from '../shared/sources';
import type { Moving } from './moving';
import { withPin } from './pins';
import type { Target } from './target';

/**
 * Rewrites the imports of all projects that use what moved, and makes the package one of their dependencies.
 *
 * @param gone the project's files that have gone to the package
 * @returns the folders of these projects
 */
export function rewriteUsers(
  tree: Tree,
  moving: Moving,
  { distribution, version }: Target,
  renaming: Renaming,
  gone: ReadonlySet<string>,
): string[] {
  return projectsIn(tree).filter((folder) => {
    const files =
      folder === moving.folder ? moving.files.filter(({ path }) => !gone.has(path)) : filesOf(tree, folder);
    const changed = rewriteFiles(folder, files, renaming);
    for (const { path, content } of changed) tree.write(`${folder}/${path}`, content);
    if (!changed.length) return false;
    const file = `${folder}/${PYPROJECT}`;
    tree.write(file, withPin(file, tree.read(file, 'utf8') ?? '', distribution, version));
    return true;
  });
}

import type { Tree } from '@nx/devkit';
import { FabricaError } from '../../support/errors';
import { didYouMean, HOMES, SETTINGS } from '../../workspace';

/** Folders of the projects, sorted: `projects/bikes`. */
export function projectsIn(tree: Tree): string[] {
  return tree
    .children(HOMES.project)
    .map((child) => `${HOMES.project}/${child}`)
    .filter((folder) => tree.exists(`${folder}/${SETTINGS}`))
    .sort();
}

/**
 * The folder of a project.
 *
 * @throws FabricaError `no-project` with what was probably meant
 */
export function findProject(tree: Tree, name: string): string {
  const folders = projectsIn(tree);
  const found = folders.find((folder) => folder === `${HOMES.project}/${name}`);
  if (found) return found;
  const names = folders.map((folder) => folder.slice(HOMES.project.length + 1));
  throw new FabricaError('no-project', `there is no project "${name}"${didYouMean(name, names)}`, {
    hint: names.length ? `one of ${names.join(', ')}` : 'npx nx g fabrica:project my-project',
  });
}

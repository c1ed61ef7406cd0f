import { getProjects, type Tree } from '@nx/devkit';
import { HOMES, PYPROJECT } from '../../workspace';
import type { Taken } from '../../workspace/names';
import { shippedWheels } from '../../registries/shared';
import { tomlName } from './toml';

/** Every name that stands for something in the workspace already, apart from the unit in `folder` itself. */
export function takenNames(tree: Tree, folder: string): Taken[] {
  const others = foldersOf(tree).filter((other) => other !== folder);
  const units = others.flatMap((other) =>
    [nameIn(tree, other), other.split('/').at(-1)].map((name) => ({ name: name as string, folder: other })),
  );
  const projects = [...getProjects(tree)]
    .filter(([, { root }]) => root !== folder)
    .map(([name, { root }]) => ({ name, folder: root || 'the workspace' }));
  const shipped = shippedWheels().map(({ name }) => ({
    name: name.replace(/^fabrica-/, ''),
    folder: `Fabrica's own ${name}`,
  }));
  return [...units, ...projects, ...(folder.startsWith(HOMES.package) ? shipped : [])].filter(
    ({ name }) => name,
  );
}

function foldersOf(tree: Tree): string[] {
  return Object.values(HOMES)
    .flatMap((home) => tree.children(home).map((name) => `${home}/${name}`))
    .filter((folder) => !tree.isFile(folder));
}

function nameIn(tree: Tree, folder: string): string | undefined {
  return tomlName(tree.read(`${folder}/${PYPROJECT}`, 'utf8') ?? '');
}

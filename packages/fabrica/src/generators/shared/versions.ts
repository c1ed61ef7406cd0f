import type { Tree } from '@nx/devkit';
import { parse } from 'smol-toml';
import { shippedWheels } from '../../registries/shared';
import { FabricaError } from '../../support/errors';
import { HOMES, PYPROJECT } from '../../workspace';

/**
 * The version of each shared package that a new project pins: what the workspace holds, else what the plugin carries.
 */
export function sharedVersions(tree: Tree): ReadonlyMap<string, string> {
  const shipped = shippedWheels().map(({ name, version }) => [name, version] as const);
  const own = tree
    .children(HOMES.package)
    .flatMap((name) => versionIn(tree, `${HOMES.package}/${name}/${PYPROJECT}`));
  return new Map([...shipped, ...own]);
}

function versionIn(tree: Tree, file: string): (readonly [string, string])[] {
  const text = tree.read(file, 'utf8');
  if (text === null) return [];
  const { project } = parse(text) as { project?: { name?: string; version?: string } };
  return project?.name && project.version ? [[project.name, project.version]] : [];
}

/**
 * `fabrica-storage[pandas]` → `fabrica-storage[pandas]==0.1.0`
 *
 * @throws FabricaError `no-shared-package` when there is no such package
 */
export function pinned(requirement: string, versions: ReadonlyMap<string, string>): string {
  const name = requirement.replace(/\[.*/, '');
  const version = versions.get(name);
  if (version) return `${requirement}==${version}`;
  throw new FabricaError(
    'no-shared-package',
    `${name} is neither a package of this workspace nor one that the plugin carries`,
    {
      hint: 'npm install --save-dev fabrica (the packed plugin carries them)',
    },
  );
}

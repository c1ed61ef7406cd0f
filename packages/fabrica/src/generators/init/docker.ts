import {
  addDependenciesToPackageJson,
  readJson,
  readNxJson,
  updateNxJson,
  type GeneratorCallback,
  type Tree,
} from '@nx/devkit';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOMES, PLUGIN } from '../../workspace';

const NX_DOCKER = '@nx/docker';

/**
 * What `image` is built on: it infers `docker:run` and what `nx release` does with images from a project's Dockerfile.
 * Ours takes the place of its build, so it comes before ours.
 */
const ENTRY = {
  plugin: NX_DOCKER,
  options: { buildTarget: 'image', runTarget: 'docker:run' },
  include: [`${HOMES.project}/*/Dockerfile`],
};

/** Asks npm for it, in the version that this plugin was tested with; answers what installs it. */
export function needDocker(tree: Tree): GeneratorCallback {
  const file = join(__dirname, '..', '..', '..', 'package.json');
  const { peerDependencies } = JSON.parse(readFileSync(file, 'utf8')) as {
    peerDependencies: Record<string, string>;
  };
  const version = peerDependencies[NX_DOCKER] as string;
  return hasDocker(tree) ? () => undefined : addDependenciesToPackageJson(tree, {}, { [NX_DOCKER]: version });
}

/** Has Nx use it, where npm has it: another plugin that isn't installed would stop every command of Nx. */
export function addDocker(tree: Tree): boolean {
  const nxJson = readNxJson(tree) ?? {};
  const plugins = nxJson.plugins ?? [];
  const names = plugins.map((plugin) => (typeof plugin === 'string' ? plugin : plugin.plugin));
  if (!hasDocker(tree) || names.includes(NX_DOCKER)) return false;
  updateNxJson(tree, { ...nxJson, plugins: plugins.toSpliced(names.indexOf(PLUGIN), 0, ENTRY) });
  return true;
}

function hasDocker(tree: Tree): boolean {
  if (!tree.exists('package.json')) return false;
  const { dependencies, devDependencies } = readJson<Record<string, object | undefined>>(
    tree,
    'package.json',
  );
  return NX_DOCKER in { ...dependencies, ...devDependencies };
}

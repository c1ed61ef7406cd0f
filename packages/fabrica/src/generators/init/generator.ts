import { formatFiles, readNxJson, updateNxJson, type NxJsonConfiguration, type Tree } from '@nx/devkit';
import { PLUGIN } from '../../workspace';
import { syncFolders } from '../sync/generator';

/** What `nx sync` runs to mend the toolkit's files, and `nx sync:check` to tell of them. */
const SYNC_GENERATOR = 'fabrica:sync';

/** Makes an Nx workspace one that Fabrica knows. Runs by itself with `nx add fabrica`, and before every other generator. */
export default async function initGenerator(tree: Tree): Promise<void> {
  if (prepareWorkspace(tree)) await formatFiles(tree);
}

/** Adds what is missing; answers whether anything was. */
export function prepareWorkspace(tree: Tree): boolean {
  return [addPlugin(tree), addSync(tree), syncFolders(tree)].some(Boolean);
}

function addPlugin(tree: Tree): boolean {
  const nxJson: NxJsonConfiguration = readNxJson(tree) ?? {};
  const plugins = nxJson.plugins ?? [];
  if (plugins.some((plugin) => (typeof plugin === 'string' ? plugin : plugin.plugin) === PLUGIN))
    return false;
  updateNxJson(tree, { ...nxJson, plugins: [...plugins, { plugin: PLUGIN, options: {} }] });
  return true;
}

function addSync(tree: Tree): boolean {
  const nxJson: NxJsonConfiguration = readNxJson(tree) ?? {};
  const generators = nxJson.sync?.globalGenerators ?? [];
  if (generators.includes(SYNC_GENERATOR)) return false;
  updateNxJson(tree, {
    ...nxJson,
    sync: { ...nxJson.sync, globalGenerators: [...generators, SYNC_GENERATOR] },
  });
  return true;
}

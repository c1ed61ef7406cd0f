import { readNxJson, updateNxJson, type ExpandedPluginConfiguration, type Tree } from '@nx/devkit';
import { parseOptions, PLUGIN, type FabricaOptions } from '../../workspace';

/** What the command line gives: see schema.json. */
export interface InitGeneratorSchema {
  readonly ci?: boolean;
  readonly environments?: string;
  readonly pypiIndex?: string;
  readonly npmRegistry?: string;
  readonly imageRegistry?: string;
}

/**
 * Writes what was asked for into the options of the plugin in nx.json; what they say already of other things stays.
 *
 * @throws FabricaError, FabricaErrors that name what is wrong with an answer
 */
export function addSettings(tree: Tree, given: InitGeneratorSchema): void {
  const nxJson = readNxJson(tree) ?? {};
  const plugins = (nxJson.plugins ?? []).map((plugin) => {
    const one = typeof plugin === 'string' ? { plugin } : plugin;
    return one.plugin === PLUGIN ? { ...one, options: withSettings(one, given) } : plugin;
  });
  parseOptions(JSON.stringify({ plugins }));
  updateNxJson(tree, { ...nxJson, plugins });
}

function withSettings(plugin: ExpandedPluginConfiguration, given: InitGeneratorSchema): FabricaOptions {
  const options = (plugin.options ?? {}) as FabricaOptions;
  const { pypiIndex, npmRegistry, imageRegistry } = given;
  const names = given.environments?.split(',').map((name) => name.trim()) ?? [];
  const registries = {
    ...options.registries,
    ...(pypiIndex && { pypi: { ...options.registries?.pypi, url: pypiIndex } }),
    ...(npmRegistry && { npm: { url: npmRegistry } }),
  };
  return {
    ...options,
    ...(names.length && {
      environments: { ...Object.fromEntries(names.map((name) => [name, {}])), ...options.environments },
    }),
    ...(Object.keys(registries).length && { registries }),
    ...(imageRegistry && { images: { ...options.images, registry: imageRegistry } }),
  };
}

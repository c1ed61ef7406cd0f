import { formatFiles, readNxJson, updateNxJson, type NxJsonConfiguration, type Tree } from '@nx/devkit';
import { PLUGIN } from '../../workspace';

/** What the toolkit and Python's tools leave behind, wherever they run. */
const IGNORED = [
  '.fabrica/',
  '.venv/',
  '__pycache__/',
  '.pytest_cache/',
  '.ruff_cache/',
  '.ipynb_checkpoints/',
];

/** Makes an Nx workspace one that Fabrica knows. Runs by itself with `npx nx add fabrica`, and before every other generator. */
export default async function initGenerator(tree: Tree): Promise<void> {
  if (prepareWorkspace(tree)) await formatFiles(tree);
}

/** Adds what is missing; answers whether anything was. */
export function prepareWorkspace(tree: Tree): boolean {
  return [addPlugin(tree), ignoreState(tree)].some(Boolean);
}

function addPlugin(tree: Tree): boolean {
  const nxJson: NxJsonConfiguration = readNxJson(tree) ?? {};
  const plugins = nxJson.plugins ?? [];
  if (plugins.some((plugin) => (typeof plugin === 'string' ? plugin : plugin.plugin) === PLUGIN))
    return false;
  updateNxJson(tree, { ...nxJson, plugins: [...plugins, { plugin: PLUGIN, options: {} }] });
  return true;
}

function ignoreState(tree: Tree): boolean {
  const text = tree.read('.gitignore', 'utf8') ?? '';
  const present = new Set(text.split('\n').map((line) => line.trim().replace(/^\//, '').replace(/\/$/, '')));
  const missing = IGNORED.filter((entry) => !present.has(entry.replace(/\/$/, '')));
  if (!missing.length) return false;
  tree.write('.gitignore', `${text && !text.endsWith('\n') ? `${text}\n` : text}${missing.join('\n')}\n`);
  return true;
}

import { parseDocument } from 'yaml';
import { addDependenciesToPackageJson, readJson, updateJson, type Tree } from '@nx/devkit';

/** What a TypeScript package needs to be compiled and tested. A workspace that has one of them keeps its version. */
const TOOLS = {
  '@swc/core': '1.16.18',
  '@swc/jest': '0.2.39',
  '@types/jest': '^30.0.0',
  '@types/node': '^20.19.0',
  jest: '^30.2.0',
  typescript: '~5.9.3',
};

const PNPM_WORKSPACE = 'pnpm-workspace.yaml';

interface Manifest {
  readonly name?: string;
  readonly workspaces?: string[];
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

/** The npm name of a package: in the scope that the workspace has. */
export function npmName(tree: Tree, name: string): string {
  const scope = /^(@[^/]+)\//.exec(readJson<Manifest>(tree, 'package.json').name ?? '')?.[1];
  return scope ? `${scope}/${name}` : name;
}

/** Makes a folder one of npm's workspaces, with the tools it needs; answers whether npm has to install something. */
export function addNpmWorkspace(tree: Tree, folder: string): boolean {
  const before = tree.read('package.json', 'utf8');
  const { dependencies, devDependencies } = readJson<Manifest>(tree, 'package.json');
  const added = tree.exists(PNPM_WORKSPACE) ? addToPnpm(tree, folder) : addToNpm(tree, folder);
  const missing = Object.entries(TOOLS).filter(
    ([tool]) => !(tool in { ...dependencies, ...devDependencies }),
  );
  if (missing.length) addDependenciesToPackageJson(tree, {}, Object.fromEntries(missing));
  return added || tree.read('package.json', 'utf8') !== before;
}

function addToNpm(tree: Tree, folder: string): boolean {
  const { workspaces = [] } = readJson<Manifest>(tree, 'package.json');
  if (workspaces.some((pattern) => covers(pattern, folder))) return false;
  updateJson(tree, 'package.json', (manifest: Manifest) => ({
    ...manifest,
    workspaces: [...workspaces, folder],
  }));
  return true;
}

/** pnpm has a file of its own for it, in which people write comments. */
function addToPnpm(tree: Tree, folder: string): boolean {
  const document = parseDocument(tree.read(PNPM_WORKSPACE, 'utf8') ?? '');
  const { packages = [] } = (document.toJS() ?? {}) as { packages?: string[] };
  if (packages.some((pattern) => covers(pattern, folder))) return false;
  if (packages.length) document.addIn(['packages'], folder);
  else document.set('packages', [folder]);
  tree.write(PNPM_WORKSPACE, document.toString());
  return true;
}

function covers(pattern: string, folder: string): boolean {
  return pattern === folder || pattern === 'packages/*' || pattern === 'packages/**' || pattern === '*/*';
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readIfThere } from '../support/files';

/** The folder of this plugin: `packages/fabrica` in its own workspace, `node_modules/fabrica` elsewhere. */
const HOME = join(__dirname, '..', '..');

/** The rooms whose code decides how a frequent command runs; a change of these invalidates what ran. */
const DECIDING = ['bin', 'src/plugin.ts', 'src/graph', 'src/layout', 'src/python', 'src/workspace'];

/** This plugin as a workspace sees it. */
export interface OwnPlugin {
  /** The program that runs a command in a project's environment, relative to the workspace, with forward slashes. */
  readonly command: string;
  /** The program that checks the layout of a folder, likewise. */
  readonly layout: string;
  /** The module that versions packages for Nx Release, likewise. */
  readonly versionActions: string;
  /** The program that starts JupyterLab for a project, likewise. */
  readonly experiments: string;
  /** Whether the plugin's source is part of the workspace. */
  readonly local: boolean;
  /** Changes whenever the plugin may infer something else. */
  readonly version: string;
  /** The folder of this plugin, relative to the workspace, with forward slashes. */
  readonly folder: string;
  /** What a cached task depends on, beside the files of its project: this plugin, and no npm package but it. */
  readonly inputs: readonly (string | { readonly externalDependencies: string[] })[];
}

/** Finds the plugin that is running. */
export function ownPlugin(root: string, home = HOME): OwnPlugin {
  const inside = relative(root, home).replaceAll('\\', '/');
  const local = !inside.startsWith('..') && !inside.split('/').includes('node_modules');
  // pnpm keeps it elsewhere, in a folder whose name says its version and its peers, and links it here.
  const folder = local ? inside : 'node_modules/fabrica';
  return {
    command: `${folder}/bin/env.cjs`,
    folder,
    layout: `${folder}/bin/layout.cjs`,
    versionActions: `${folder}/${local ? 'src' : 'dist'}/release/version-actions.${local ? 'ts' : 'js'}`,
    experiments: `${folder}/bin/experiments.cjs`,
    local,
    version: versionOf(home),
    inputs: inputsOf(root, folder, local),
  };
}

function inputsOf(root: string, folder: string, local: boolean): OwnPlugin['inputs'] {
  if (!local) return [{ externalDependencies: isInstalled(root) ? ['fabrica'] : [] }];
  const files = DECIDING.map(
    (path) => `{workspaceRoot}/${folder}/${path}${path.includes('.') ? '' : '/**/*'}`,
  );
  return [...files, `!{workspaceRoot}/${folder}/src/**/*.spec.ts`, { externalDependencies: [] }];
}

/** Nx refuses the name of an npm package that the root package.json doesn't ask for. */
function isInstalled(root: string): boolean {
  const { dependencies, devDependencies } = JSON.parse(
    readIfThere(join(root, 'package.json')) ?? '{}',
  ) as Record<string, Record<string, string> | undefined>;
  return 'fabrica' in { ...dependencies, ...devDependencies };
}

/** The version; where the plugin runs from source, which changes without one, its content too. */
function versionOf(home: string): string {
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
  if (!__filename.endsWith('.ts')) return version;
  const hash = createHash('sha256');
  for (const path of DECIDING) addTo(hash, join(home, path));
  return `${version}+${hash.digest('hex').slice(0, 16)}`;
}

function addTo(hash: ReturnType<typeof createHash>, path: string): void {
  if (!existsSync(path)) return;
  if (!/\.\w+$/.test(path)) for (const name of readdirSync(path).sort()) addTo(hash, join(path, name));
  else hash.update(path).update('\0').update(readFileSync(path));
}

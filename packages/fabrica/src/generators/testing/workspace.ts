import type { GeneratorCallback, Tree } from '@nx/devkit';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flushChanges, FsTree } from 'nx/src/generators/tree';
import { folderWith, writeFiles } from '../../workspace/testing/folder';
import { printed } from '../../workspace/testing/output';
import projectGenerator from '../project/generator';
import type { ProjectGeneratorSchema } from '../project/options';

const SHARED = ['pipelines', 'serving', 'storage', 'tracking', 'warehouse'];

/** A generator of the plugin. */
type Generator<T> = (tree: Tree, options: T) => Promise<GeneratorCallback | void>;

/** A workspace on disk, under git, with projects that the generator made. For tests alone. */
export async function workspaceWith(
  projects: Readonly<Record<string, Partial<ProjectGeneratorSchema>>>,
): Promise<string> {
  const root = folderWith({
    'nx.json': '{}',
    'package.json': '{ "name": "acme" }',
    '.gitignore': 'node_modules\n.fabrica\n.venv\n__pycache__\n',
    ...Object.fromEntries(
      SHARED.map((name) => [
        `packages/${name}/pyproject.toml`,
        `[project]\nname = "fabrica-${name}"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n`,
      ]),
    ),
  });
  git(root, 'init', '--quiet');
  git(root, 'config', 'user.name', 't');
  git(root, 'config', 'user.email', 't@example.com');
  for (const [name, options] of Object.entries(projects))
    await generate(root, projectGenerator, { name, owner: '@acme/team', skipLock: true, ...options });
  commit(root);
  return root;
}

/** Runs a generator as Nx does; answers what it printed. With `dry`, nothing is written. */
export async function generate<T>(
  root: string,
  generator: Generator<T>,
  options: T,
  { dry = false } = {},
): Promise<string> {
  return printed(async () => {
    const tree = new FsTree(root, false);
    const callback = await generator(tree, options);
    if (dry) return;
    flushChanges(root, tree.listChanges());
    await callback?.();
  });
}

export function git(root: string, ...args: string[]): string {
  return execFileSync('git', ['-c', 'commit.gpgsign=false', ...args], { cwd: root, encoding: 'utf8' });
}

export function commit(root: string): void {
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--allow-empty', '--message', 'x');
}

/** Writes files and commits them. */
export function commitFiles(root: string, files: Readonly<Record<string, string | undefined>>): void {
  writeFiles(root, files);
  commit(root);
}

/** All files of a folder by their path in it. */
export function contents(root: string, folder: string): Record<string, string> {
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name))
      .map((path) => [path.slice(join(root, folder).length + 1), readFileSync(path, 'utf8')]),
  );
}

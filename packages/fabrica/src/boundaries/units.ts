import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readIfThere } from '../support/files';
import { HOMES, NPM_MANIFEST, PYPROJECT, SETTINGS } from '../workspace/layout';

/** A project or a package, as a listing of the folders shows it. */
export interface ListedUnit {
  readonly kind: 'project' | 'package';
  readonly name: string;
  readonly folder: string;
  readonly distribution: string;
  readonly python: boolean;
  /** Of a package. */
  readonly version?: string;
}

const KINDS = ['project', 'package'] as const;

/** The projects and packages of a workspace, each kind sorted. What they depend on is in bin/world.sh, too. */
export function listUnits(root: string): ListedUnit[] {
  return KINDS.flatMap((kind) =>
    foldersIn(join(root, HOMES[kind])).flatMap((name) => {
      const folder = `${HOMES[kind]}/${name}`;
      const at = join(root, folder);
      const manifest = [PYPROJECT, kind === 'project' ? SETTINGS : NPM_MANIFEST].find((file) =>
        existsSync(join(at, file)),
      );
      if (manifest === undefined) return [];
      // A project has the name of its folder (Nx refuses another), a package is called what it likes.
      const stated = kind === 'project' ? { distribution: name } : statedIn(join(at, manifest), name);
      return [{ kind, name, folder, python: manifest !== NPM_MANIFEST, ...stated }];
    }),
  );
}

function foldersIn(home: string): string[] {
  try {
    const entries = readdirSync(home, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

interface Stated {
  name?: string;
  version?: string;
}

function statedIn(manifest: string, name: string): { distribution: string; version?: string } {
  const text = readFileSync(manifest, 'utf8');
  const stated = manifest.endsWith('.json') ? inJson(text) : inToml(text);
  return { distribution: stated.name ?? `fabrica-${name}`, version: stated.version };
}

/** A manifest that can't be read is for those to tell who read it in full. */
function inJson(text: string): Stated {
  try {
    return JSON.parse(text) as Stated;
  } catch {
    return {};
  }
}

function inToml(text: string): Stated {
  const stated: Stated = {};
  let table = '';
  for (const line of text.split('\n')) {
    table = /^\s*\[+([^\]"']+)\]+/.exec(line)?.[1].trim() ?? table;
    const [, key, value] = /^\s*(name|version)\s*=\s*["']([^"']+)["']/.exec(line) ?? [];
    if (key && table === 'project') stated[key as keyof Stated] = value;
  }
  return stated;
}

/** The addresses of the repository's remotes, as its config has them. */
export function remotesOf(root: string): string[] {
  const config = configOf(root);
  if (config === undefined) return [];
  let inRemote = false;
  return config.split('\n').flatMap((line) => {
    if (/^\s*\[/.test(line)) inRemote = /^\s*\[remote /.test(line);
    const url = /^\s*(?:push)?url\s*=\s*(\S+)/i.exec(line)?.[1];
    return inRemote && url ? [url] : [];
  });
}

/** The config of the repository, also from one of its worktrees, where `.git` is a file. */
function configOf(root: string): string | undefined {
  for (let folder = resolve(root); ; folder = dirname(folder)) {
    const git = join(folder, '.git');
    if (existsSync(git)) return readIfThere(join(commonFolder(git), 'config'));
    if (dirname(folder) === folder) return undefined;
  }
}

function commonFolder(git: string): string {
  if (statSync(git).isDirectory()) return git;
  const own = resolve(dirname(git), /^gitdir:\s*(.+)$/m.exec(readFileSync(git, 'utf8'))?.[1] ?? '.');
  return resolve(own, readIfThere(join(own, 'commondir'))?.trim() ?? '.');
}

/**
 * One word for an address of a git repository, however it is reached: `github.com/acme/science` for
 * `git@github.com:acme/science.git` and for `git+https://token@github.com/acme/science@main#subdirectory=x`.
 */
export function normaliseRemote(address: string): string {
  const [bare = ''] = address.replace(/^git\+/, '').split(/[#?]/);
  const scp = /^(?:[^@/]+@)?([^/:]+):(?!\/\/)(.+)$/.exec(bare);
  const url = /^[a-z][a-z+]*:\/\/(?:[^@/]*@)?([^/:]*)(?::\d+)?\/(.+)$/i.exec(bare);
  const [host, path] = url ? [url[1], url[2]] : scp ? [scp[1], scp[2]] : ['', bare];
  const name = path
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .replace(/@[^/]*$/, '')
    .replace(/\.git$/, '');
  return `${host}/${name}`.toLowerCase();
}

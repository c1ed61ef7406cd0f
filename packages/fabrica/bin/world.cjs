// Which projects and packages the workspace has, and which repository it is: what every project's boundaries depend on.
// Plain JavaScript, and no more than listings and a few small files: Nx runs it before it looks into its cache.
'use strict';

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { dirname, join, resolve } = require('node:path');

const HOMES = { project: 'projects', package: 'packages' };

/** The folders of the units, sorted: `{ kind, name, folder, distribution, python, version }`. */
function listUnits(root) {
  return Object.entries(HOMES).flatMap(([kind, home]) =>
    foldersIn(join(root, home)).flatMap((name) => {
      const at = join(root, home, name);
      const manifest = ['pyproject.toml', kind === 'project' ? 'fabrica.yaml' : 'package.json'].find((file) =>
        fs.existsSync(join(at, file)),
      );
      if (manifest === undefined) return [];
      // A project has the name of its folder (Nx refuses another), a package is called what it likes.
      const stated = kind === 'project' ? { distribution: name } : statedIn(join(at, manifest), name);
      return [{ kind, name, folder: `${home}/${name}`, python: manifest !== 'package.json', ...stated }];
    }),
  );
}

function foldersIn(home) {
  try {
    const entries = fs.readdirSync(home, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

function statedIn(manifest, name) {
  const text = fs.readFileSync(manifest, 'utf8');
  const stated = manifest.endsWith('.json') ? inJson(text) : inToml(text);
  return { distribution: stated.name ?? `fabrica-${name}`, version: stated.version };
}

/** A manifest that can't be read is for those to tell who read it in full. */
function inJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function inToml(text) {
  const stated = {};
  let table = '';
  for (const line of text.split('\n')) {
    table = /^\s*\[+([^\]"']+)\]+/.exec(line)?.[1].trim() ?? table;
    const [, key, value] = /^\s*(name|version)\s*=\s*["']([^"']+)["']/.exec(line) ?? [];
    if (key && table === 'project') stated[key] = value;
  }
  return stated;
}

/** The addresses of the repository's remotes, as its config has them. */
function remotesOf(root) {
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
function configOf(root) {
  for (let folder = resolve(root); ; folder = dirname(folder)) {
    const git = join(folder, '.git');
    if (fs.existsSync(git)) return readIfThere(join(commonFolder(git), 'config'));
    if (dirname(folder) === folder) return undefined;
  }
}

function commonFolder(git) {
  if (fs.statSync(git).isDirectory()) return git;
  const own = resolve(dirname(git), /^gitdir:\s*(.+)$/m.exec(fs.readFileSync(git, 'utf8'))?.[1] ?? '.');
  return resolve(own, readIfThere(join(own, 'commondir'))?.trim() ?? '.');
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * One word for an address of a git repository, however it is reached: `github.com/acme/science` for
 * `git@github.com:acme/science.git` and for `git+https://token@github.com/acme/science@main#subdirectory=x`.
 */
function normaliseRemote(address) {
  const [bare] = address.replace(/^git\+/, '').split(/[#?]/);
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

function digest(root) {
  // A new version of a package changes what is recommended, not what is refused.
  const units = listUnits(root).map((unit) => ({ ...unit, version: undefined }));
  const world = { units, remotes: remotesOf(root).map(normaliseRemote).sort() };
  return createHash('sha256').update(JSON.stringify(world)).digest('hex');
}

module.exports = { listUnits, normaliseRemote, remotesOf };

if (require.main === module) process.stdout.write(`${digest(process.cwd())}\n`);

import { existsSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { git, isRepository } from '../../registries/git';
import { FabricaError } from '../../support/errors';
import { runOrFail } from '../../support/processes';
import { redact } from '../../support/secrets';
import { HOMES } from '../../workspace';

/** Where a project comes from. */
export interface Source {
  /** As ADOPTED.md calls it: an address, or the name of a folder; never a path of one's machine. */
  readonly label: string;
  /** The folder on this disk: for an address, a clone. */
  readonly folder: string;
  /** What the folder or the repository is called, for the project's name. */
  readonly name: string;
  /** Relative to the workspace, when it is in there: then it moves. */
  readonly inside?: string;
  /** The commit that is there, when the folder is the top of a repository of its own. */
  readonly commit?: string;
}

/** Whether git has to get it: `https://…`, `git@host:org/repo.git`. */
export function isAddress(path: string): boolean {
  return /^([a-z][a-z+]*:\/\/|[\w.-]+@[\w.-]+:)/i.test(path);
}

/** What a repository is called, by its address or path: `https://host/org/churn.git` → `churn`. */
export function nameOfAddress(path: string): string {
  return basename(path.replace(/[\\/]+$/, '').replace(/:/g, '/')).replace(/\.git$/, '');
}

/** What ADOPTED.md calls a source: passwords in addresses are hidden. */
export function labelOf(path: string, root: string): string {
  if (isAddress(path)) return redact(path);
  const folder = folderOf(path, root);
  return folder === undefined ? basename(path) : (insideOf(folder, root) ?? basename(folder));
}

/** The folder that a person means: from where they typed the command, or from the workspace's root. */
export function folderOf(path: string, root: string): string | undefined {
  const typedIn = process.env.INIT_CWD ?? process.cwd();
  return [resolve(typedIn, path), resolve(root, path)].find((folder) => existsSync(folder));
}

/**
 * Finds the project that is to be taken in.
 *
 * @param draft a folder for the clone of an address
 * @throws FabricaError `no-source`, `bad-source`, `in-project`, `not-committed`, `not-cloned`
 */
export async function findSource(
  path: string,
  root: string,
  draft: string,
  history: boolean,
): Promise<Source> {
  if (isAddress(path)) return clone(path, root, join(draft, 'clone'), history);
  const folder = folderOf(path, root);
  if (folder === undefined)
    throw new FabricaError('no-source', `there is no folder ${path}`, {
      hint: 'give the path of a folder, or the address of a git repository',
    });
  if (!statSync(folder).isDirectory())
    throw new FabricaError('no-source', `${path} is a file, not a folder`, {
      hint: `npx nx g fabrica:adopt ${relative(root, resolve(folder, '..')) || '..'}`,
    });
  const inside = insideOf(folder, root);
  if (inside !== undefined) await checkInside(root, inside);
  else if (isWithin(root, folder))
    throw new FabricaError('bad-source', `${path} holds this workspace itself`, {
      hint: 'give the folder of one project',
    });
  return {
    label: labelOf(path, root),
    folder,
    name: basename(folder),
    inside,
    commit: inside === undefined ? await commitAt(folder) : undefined,
  };
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
}

function insideOf(folder: string, root: string): string | undefined {
  const way = relative(root, folder).replaceAll('\\', '/');
  return way !== '' && isWithin(folder, root) ? way : undefined;
}

/** What is in the workspace moves, so git must be able to take it back. */
async function checkInside(root: string, inside: string): Promise<void> {
  const [home = '', name = ''] = inside.split('/');
  if (name && Object.values<string>(HOMES).includes(home))
    throw new FabricaError('in-project', `${inside} is in ${home}/${name} already`, {
      hint: `take a project in from elsewhere: mv ${inside} ../${basename(inside)} && npx nx g fabrica:adopt ../${basename(inside)}`,
    });
  if (!(await isRepository(root))) return;
  if (!(await git(root, ['status', '--porcelain', '--untracked-files=all', '--', inside])).trim()) return;
  throw new FabricaError('not-committed', `${inside} has changes that are not committed, and would move`, {
    hint: `git add ${inside} && git commit -m "Before it is taken in"`,
  });
}

/** The commit of a folder that is the top of a repository, and has one. */
async function commitAt(folder: string): Promise<string | undefined> {
  if (!existsSync(join(folder, '.git'))) return undefined;
  return (await git(folder, ['rev-parse', 'HEAD']).catch(() => undefined))?.trim();
}

async function clone(address: string, root: string, into: string, history: boolean): Promise<Source> {
  const depth = history ? [] : ['--depth', '1'];
  await runOrFail('git', ['clone', '--quiet', ...depth, '--', address, into], {
    cwd: root,
    // Git would ask a person who isn't there for a password.
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
    failure: {
      code: 'not-cloned',
      message: `${redact(address)} can't be cloned`,
      hint: `git clone ${redact(address)} shows more; then npx nx g fabrica:adopt ./${nameOfAddress(address)}`,
    },
  });
  return {
    label: redact(address),
    folder: into,
    name: nameOfAddress(address),
    commit: await commitAt(into),
  };
}

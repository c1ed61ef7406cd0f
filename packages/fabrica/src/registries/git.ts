import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FabricaError } from '../support/errors';
import { inTemporaryFolder } from '../support/files';
import { run, runOrFail, type RunOptions } from '../support/processes';

/** The folder inside a package that holds the records of its releases; no part of the package's tree. */
export const RELEASES = 'releases';

/** Runs git in the workspace; a failure is an error. */
export async function git(
  root: string,
  args: readonly string[],
  options: Pick<RunOptions, 'env' | 'input' | 'signal'> = {},
): Promise<string> {
  const failure = { code: 'git-failed', message: `git ${args[0]} failed` };
  return (await runOrFail('git', args, { cwd: root, ...options, failure })).stdout;
}

/** Whether the workspace is under version control: in a repository, and not where that repository ignores it. */
export async function isRepository(root: string): Promise<boolean> {
  try {
    const NOT_IGNORED = 1;
    return (await run('git', ['check-ignore', '--quiet', '.'], { cwd: root })).code === NOT_IGNORED;
  } catch (error) {
    if (error instanceof FabricaError && error.code === 'program-missing') return false;
    throw error;
  }
}

/** @throws FabricaError `no-git` where a release has no history to be part of. */
export async function needRepository(root: string): Promise<void> {
  if (await isRepository(root)) return;
  throw new FabricaError(
    'no-git',
    'a release records the git tree that it was built from, and this workspace is not under git',
    { hint: 'git init && git add . && git commit -m "Start the workspace"' },
  );
}

/** Whether older history was left out when the repository was cloned. */
export async function isShallow(root: string): Promise<boolean> {
  return (await git(root, ['rev-parse', '--is-shallow-repository'])).trim() === 'true';
}

/** Whether all files of a folder are committed as they are, its release records aside. */
export async function isClean(root: string, folder: string): Promise<boolean> {
  return (await changesIn(root, folder, `:(exclude)${folder}/${RELEASES}`)).length === 0;
}

/**
 * What is not committed as it is, as `git status` says it: ` M path`, `?? path`. A notebook that was only run again is
 * no change, since what git takes of it is the same; `git status` looks at its size alone.
 */
export async function changesIn(root: string, ...paths: readonly string[]): Promise<string[]> {
  const list = async (...args: string[]): Promise<string[]> =>
    (await git(root, [...args, '-z', '--', ...paths])).trimEnd().split('\0').filter(Boolean);
  const entries = await list('status', '--porcelain', '--no-renames', '--untracked-files=all');
  if (!entries.some(isModified)) return entries;
  const differ = new Set(await list('diff', '--name-only'));
  return entries.filter((entry) => !isModified(entry) || differ.has(entry.slice(' M '.length)));
}

function isModified(entry: string): boolean {
  return entry.startsWith(' M ');
}

/** The git tree of a folder as it is on disk (what is ignored aside), without its release records. */
export async function treeOfFolder(root: string, folder: string): Promise<string> {
  return withScratchObjects(root, (env) => writeTree(root, folder, env));
}

async function writeTree(root: string, folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  // From the commit: a file that is ignored, and was committed all the same, belongs to the tree.
  if ((await run('git', ['rev-parse', '--verify', '--quiet', 'HEAD'], { cwd: root })).code === 0)
    await git(root, ['read-tree', 'HEAD'], { env });
  await git(root, ['add', '--all', '--', folder], { env });
  await git(root, ['rm', '-r', '--cached', '--quiet', '--ignore-unmatch', '--', `${folder}/${RELEASES}`], {
    env,
  });
  const prefix = (await git(root, ['rev-parse', '--show-prefix'])).trim();
  return (await git(root, ['write-tree', `--prefix=${prefix}${folder}/`], { env })).trim();
}

/** A folder's content, unpacked elsewhere. */
export interface Source {
  readonly path: string;
  readonly tree: string;
}

/** Unpacks a folder as it is on disk, as {@link treeOfFolder} sees it: neither what is ignored nor its records. */
export async function exportWorkingTree(root: string, folder: string, into: string): Promise<Source> {
  return withScratchObjects(root, async (env) => {
    const tree = await writeTree(root, folder, env);
    return { path: await unpack(root, tree, into, env), tree };
  });
}

/** What git ignores in a folder, relative to it; a folder that holds nothing else is named with a slash at its end. */
export async function ignoredIn(root: string, folder: string): Promise<string[]> {
  const args = ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory'];
  return (await git(join(root, folder), args)).trimEnd().split('\0').filter(Boolean);
}

/** The git tree of a folder in a commit, without its release records; undefined when the commit hasn't the folder. */
export async function treeInCommit(
  root: string,
  commit: string,
  folder: string,
): Promise<string | undefined> {
  const listed = await run('git', ['ls-tree', '-z', `${commit}:./${folder}`], { cwd: root });
  if (listed.code !== 0) return undefined;
  const entries = listed.stdout
    .trimEnd()
    .split('\0')
    .filter((entry) => entry && !entry.endsWith(`\t${RELEASES}`));
  return withScratchObjects(root, async (env) =>
    (
      await git(root, ['mktree', '-z', '--missing'], {
        env,
        input: entries.map((entry) => `${entry}\0`).join(''),
      })
    ).trim(),
  );
}

/** The commits that changed a path, the newest first; from all branches and tags. */
export async function commitsOf(root: string, path: string): Promise<string[]> {
  return (await git(root, ['log', '--all', '--topo-order', '--format=%H', '--', path]))
    .split('\n')
    .filter(Boolean);
}

/** Unpacks a folder as a commit has it; answers where it is. */
export async function exportFolder(
  root: string,
  commit: string,
  folder: string,
  into: string,
): Promise<string> {
  return unpack(root, `${commit}:./${folder}`, into);
}

async function unpack(root: string, tree: string, into: string, env?: NodeJS.ProcessEnv): Promise<string> {
  const archive = join(into, 'source.tar');
  const target = join(into, 'source');
  mkdirSync(target, { recursive: true });
  await git(root, ['archive', '--format=tar', `--output=${archive}`, tree], { env });
  await runOrFail('tar', ['-xf', archive, '-C', target], {
    failure: { code: 'git-failed', message: `${tree} can't be unpacked` },
  });
  return target;
}

/**
 * An index and an object store of their own, on top of the repository's: what is computed here leaves no trace in
 * it, and what the person has staged stays as it is.
 */
async function withScratchObjects<T>(root: string, work: (env: NodeJS.ProcessEnv) => Promise<T>): Promise<T> {
  const objects = (await git(root, ['rev-parse', '--path-format=absolute', '--git-path', 'objects'])).trim();
  return inTemporaryFolder(root, async (folder) => {
    mkdirSync(join(folder, 'objects'));
    const alternates = [objects, process.env.GIT_ALTERNATE_OBJECT_DIRECTORIES]
      .filter((path) => path && existsSync(path))
      .join(':');
    return work({
      ...process.env,
      GIT_INDEX_FILE: join(folder, 'index'),
      GIT_OBJECT_DIRECTORY: join(folder, 'objects'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates,
    });
  });
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isSecretFile } from '../../layout/secret-files';
import { git, isRepository, isShallow } from '../../registries/git';
import { FabricaError } from '../../support/errors';
import { inTemporaryFolder } from '../../support/files';
import { run, runOrFail } from '../../support/processes';
import type { Moves } from './places';
import type { Source } from './source';

/** Why the history of a source can't be brought; undefined when it can. */
export async function historyProblem(
  root: string,
  { folder, commit, inside }: Source,
): Promise<string | undefined> {
  // What moves within the workspace keeps its history by itself.
  if (inside !== undefined) return undefined;
  if (commit === undefined) return 'the folder is not the top of a git repository with a commit';
  if (!(await isRepository(root))) return 'the workspace is not under git';
  if ((await run('git', ['rev-parse', '--verify', '--quiet', 'HEAD'], { cwd: root })).code !== 0)
    return 'the workspace has no commit yet';
  if (await isShallow(folder)) return 'the repository is a shallow clone (git fetch --unshallow mends that)';
  if ((await run('git', ['var', 'GIT_COMMITTER_IDENT'], { cwd: root })).code !== 0)
    return 'git knows no user.name and user.email to commit with';
  return (await isMerging(root)) ? 'a merge or rebase is under way in the workspace' : undefined;
}

async function isMerging(root: string): Promise<boolean> {
  const states = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'rebase-merge', 'rebase-apply'];
  const paths = await git(root, [
    'rev-parse',
    '--path-format=absolute',
    ...states.flatMap((name) => ['--git-path', name]),
  ]);
  return paths
    .trim()
    .split('\n')
    .some((path) => existsSync(path));
}

/** Brings the commits of a source into the workspace's repository; no branch has them yet. */
export async function fetchHistory(root: string, { folder }: Source): Promise<void> {
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', folder, 'HEAD'];
  const failure = {
    code: 'git-failed',
    message: 'its history cannot be fetched',
    hint: 'the same command with --no-history takes the files alone',
  };
  await runOrFail('git', args, { cwd: root, failure });
}

/**
 * Merges the history of a source: one commit that moves its files to their places, and the merge of that. So `git log
 * --follow` and `git blame` go on to the beginning. The files on disk stay as they are; what holds secrets by its name is
 * in neither of the two commits.
 *
 * @param commit of the source; {@link fetchHistory} brought it
 * @param folder of the project, relative to the workspace
 * @returns how many commits came
 * @throws FabricaError `git-failed`
 */
export async function mergeHistory(
  root: string,
  { commit, label }: Source & { readonly commit: string },
  folder: string,
  moves: Moves,
): Promise<number> {
  const prefix = (await git(root, ['rev-parse', '--show-prefix'])).trim();
  const entries = await movedEntries(root, commit, (path) => {
    const to = moves.get(path);
    return to === undefined || isSecretFile(to) ? undefined : `${prefix}${folder}/${to}`;
  });
  const head = (await git(root, ['rev-parse', 'HEAD'])).trim();
  const moved = await commitOf(root, { entries, parents: [commit], message: `Move into ${folder}` });
  const message = `Take in ${label} as ${folder}, with its history`;
  const merge = await commitOf(root, { base: head, entries, parents: [head, moved], message });
  await git(root, ['update-ref', '-m', message, 'HEAD', merge, head]);
  await git(root, ['update-index', '-z', '--index-info'], { input: entries });
  return Number(await git(root, ['rev-list', '--count', commit]));
}

/** Of some files, those that nobody has changed since the last commit: what is written now is all that is new in them. */
export async function unchanged(root: string, paths: readonly string[]): Promise<string[]> {
  if (!paths.length) return [];
  const args = ['status', '--porcelain', '-z', '--untracked-files=all', '--ignored', '--no-renames'];
  const said = await git(root, [...args, '--', ...paths.map((path) => `:(literal)${path}`)]);
  const prefix = (await git(root, ['rev-parse', '--show-prefix'])).trim();
  const changed = new Set(said.split('\0').map((line) => line.slice(3)));
  return paths.filter((path) => !changed.has(`${prefix}${path}`));
}

/** The files of a commit at other paths, as `git update-index --index-info` reads them. */
async function movedEntries(
  root: string,
  commit: string,
  place: (path: string) => string | undefined,
): Promise<string> {
  const listed = await git(root, ['ls-tree', '-r', '-z', '--full-tree', commit]);
  const entries = listed
    .split('\0')
    .filter(Boolean)
    .flatMap((entry) => {
      const [, mode, id, path = ''] = /^(\d+) \w+ (\w+)\t([^]*)$/.exec(entry) ?? [];
      const to = place(path);
      return to === undefined ? [] : [`${mode} ${id}\t${to}\0`];
    });
  if (!entries.length) throw new FabricaError('git-failed', 'no file of the project is in its last commit');
  return entries.join('');
}

interface NewCommit {
  /** The commit that the entries are added to; none: they are all that there is. */
  readonly base?: string;
  readonly entries: string;
  readonly parents: readonly string[];
  readonly message: string;
}

/** Makes a commit, with an index of its own. */
async function commitOf(root: string, { base, entries, parents, message }: NewCommit): Promise<string> {
  return inTemporaryFolder(root, async (draft) => {
    const env = { ...process.env, GIT_INDEX_FILE: join(draft, 'index') };
    await git(root, ['read-tree', ...(base ? [base] : ['--empty'])], { env });
    await git(root, ['update-index', '-z', '--index-info'], { env, input: entries });
    const tree = (await git(root, ['write-tree'], { env })).trim();
    const from = parents.flatMap((parent) => ['-p', parent]);
    return (await git(root, ['commit-tree', tree, ...from, '-F', '-'], { input: `${message}\n` })).trim();
  });
}

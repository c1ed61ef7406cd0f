import { join } from 'node:path';
import { git, needRepository } from '../registries/git';
import { changedFiles, uncommitted } from '../release/guard';
import { FabricaError } from '../support/errors';
import { inTemporaryFolder } from '../support/files';
import { run } from '../support/processes';

/** What a commit says, and the files that it changes. */
export interface NewCommit {
  readonly message: string;
  /** By path, relative to the workspace. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Whether commits can be made, which is only told at the end otherwise.
 *
 * @throws FabricaError `no-git`, `uncommitted`, `git-failed` where git doesn't know who commits
 */
export async function needCleanTree(root: string): Promise<string> {
  await needRepository(root);
  const changed = await changedFiles(root);
  if (changed.length) throw uncommitted('a roll-out is tested on what is committed', changed);
  await git(root, ['var', 'GIT_COMMITTER_IDENT']);
  return (await git(root, ['rev-parse', 'HEAD'])).trim();
}

/**
 * Makes commits, one on top of the other, that no branch has yet: neither the working tree nor what is staged changes.
 * So whatever happens in between, nothing is half done.
 *
 * @returns the last one
 */
export async function makeCommits(
  root: string,
  parent: string,
  commits: readonly NewCommit[],
): Promise<string> {
  const prefix = (await git(root, ['rev-parse', '--show-prefix'])).trim();
  const signed = (await run('git', ['config', '--type=bool', 'commit.gpgsign'], { cwd: root })).stdout.trim();
  return inTemporaryFolder(root, async (folder) => {
    const env = { ...process.env, GIT_INDEX_FILE: join(folder, 'index') };
    await git(root, ['read-tree', parent], { env });
    let head = parent;
    for (const { message, files } of commits) {
      for (const [path, text] of files) await stage(root, `${prefix}${path}`, text, env);
      const tree = (await git(root, ['write-tree'], { env })).trim();
      const args = ['commit-tree', tree, '-p', head, ...(signed === 'true' ? ['-S'] : []), '-F', '-'];
      head = (await git(root, args, { input: message })).trim();
    }
    return head;
  });
}

/** @param path relative to the repository */
async function stage(root: string, path: string, text: string, env: NodeJS.ProcessEnv): Promise<void> {
  const blob = await git(root, ['hash-object', '-w', '--stdin', `--path=${path}`], { input: text });
  await git(root, ['update-index', '--add', '--cacheinfo', `100644,${blob.trim()},${path}`], { env });
}

/**
 * Brings the current branch, and the working tree, forward to commits that were made on top of it.
 *
 * @throws FabricaError `moved-on` when the branch or the files have changed since
 */
export async function fastForward(root: string, from: string, to: string): Promise<void> {
  const { code, stderr } = await run('git', ['merge', '--quiet', '--ff-only', to], { cwd: root });
  if (code === 0) return;
  throw new FabricaError('moved-on', `the workspace has changed since the roll-out began: ${stderr.trim()}`, {
    hint: `git cherry-pick ${from.slice(0, 12)}..${to.slice(0, 12)}, once the files in the way are committed`,
  });
}

/**
 * The branch of an owner's projects.
 *
 * @throws FabricaError `branch-exists`
 */
export async function newBranch(root: string, change: string, owner: string): Promise<string> {
  const branch = `rollout/${change}/${owner.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^-+|-+$/g, '')}`;
  const exists = await run('git', ['rev-parse', '--quiet', '--verify', `refs/heads/${branch}`], {
    cwd: root,
  });
  if (exists.code !== 0) return branch;
  throw new FabricaError('branch-exists', `there is a branch ${branch} already`, {
    hint: `merge it, or remove it (git branch -D ${branch}); then the same command again`,
  });
}

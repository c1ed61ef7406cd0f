import { CreateError } from './errors';
import { run, type RunOptions } from './run';

/** The name in git's configuration; undefined when there is none, or no git. */
export async function gitUser(where: RunOptions): Promise<string | undefined> {
  try {
    return (await run('git', ['config', 'user.name'], where)).stdout.trim() || undefined;
  } catch (error) {
    if (!(error instanceof CreateError)) throw error;
    return undefined;
  }
}

/**
 * Whether a folder is inside of a repository, which gets no other one in it.
 *
 * @throws CreateError where there is no git
 */
export async function isInRepository(where: RunOptions): Promise<boolean> {
  try {
    return (await run('git', ['rev-parse', '--is-inside-work-tree'], where)).stdout.trim() === 'true';
  } catch (error) {
    if (!(error instanceof CreateError)) throw error;
    throw new CreateError(
      error.message,
      'https://git-scm.com/downloads\nor the same command with --skip-git',
    );
  }
}

export async function initRepository(where: RunOptions): Promise<void> {
  const { code, said } = await run('git', ['init', '--quiet', '--initial-branch=main'], where);
  if (code !== 0) throw new CreateError(`git init failed\n${said}`);
}

/** Commits all there is; answers git's words where it couldn't: a workspace without a commit is whole all the same. */
export async function commitAll(subject: string, where: RunOptions): Promise<string | undefined> {
  for (const args of [
    ['add', '--all'],
    ['commit', '--quiet', '--message', subject],
  ]) {
    const { code, said } = await run('git', args, where);
    if (code !== 0) return said;
  }
  return undefined;
}

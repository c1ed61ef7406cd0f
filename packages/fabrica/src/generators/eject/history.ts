import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../../registries/git';

const BRANCH = 'ejected';

/**
 * Makes a repository of a folder of the workspace, with the commits that touched it. The workspace's repository stays
 * as it is.
 *
 * @param draft a folder for what is needed on the way
 * @param into the new repository
 */
export async function exportHistory(
  root: string,
  folder: string,
  draft: string,
  into: string,
): Promise<void> {
  const [top = '', prefix = ''] = (await git(root, ['rev-parse', '--show-toplevel', '--show-prefix'])).split(
    '\n',
  );
  const bare = join(draft, 'history.git');
  await git(root, ['clone', '--quiet', '--bare', '--shared', '--no-tags', top, bare]);
  const head = (await git(root, ['rev-parse', 'HEAD'])).trim();
  await git(bare, ['update-ref', `refs/heads/${BRANCH}`, head]);
  await git(
    bare,
    [
      'filter-branch',
      '-d',
      join(draft, 'rewriting'),
      '--subdirectory-filter',
      `${prefix}${folder}`,
      '--',
      BRANCH,
    ],
    { env: { ...process.env, FILTER_BRANCH_SQUELCH_WARNING: '1' } },
  );
  mkdirSync(into, { recursive: true });
  await git(into, ['init', '--quiet', '--initial-branch=main']);
  await git(into, ['fetch', '--quiet', bare, BRANCH]);
  await git(into, ['checkout', '--quiet', '-B', 'main', 'FETCH_HEAD']);
}

/** Commits all that is in a repository, by whom the workspace's repository knows. */
export async function commitAll(root: string, repository: string, message: string): Promise<void> {
  await git(repository, ['add', '--all']);
  // What is made here belongs to the repository, also where the person's own settings have git ignore wheels.
  const made = ['vendor', '.github', 'Dockerfile', '.dockerignore'].filter((name) =>
    existsSync(join(repository, name)),
  );
  await git(repository, ['add', '--force', '--', ...made]);
  const who = await Promise.all(
    (['name', 'email'] as const).map(async (key) => {
      const said = (await git(root, ['config', '--default', '', '--get', `user.${key}`])).trim();
      return said ? ['-c', `user.${key}=${said}`] : [];
    }),
  );
  await git(repository, [...who.flat(), 'commit', '--quiet', '--message', message]);
}

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../../registries/git';
import { HOMES, SETTINGS } from '../../workspace';

const BRANCH = 'refs/heads/ejected';

/**
 * Makes a repository of a folder of the workspace, with the commits that touched it, also under older names. The
 * workspace's repository stays as it is.
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
  const folders = (await namesOf(root, folder)).map((one) => `${prefix}${one}`);
  const bare = join(draft, 'history.git');
  await git(root, ['clone', '--quiet', '--bare', '--shared', '--no-tags', top, bare]);
  await git(bare, ['fast-import', '--quiet', '--force'], { input: await streamOf(top, folders) });
  mkdirSync(into, { recursive: true });
  await git(into, ['init', '--quiet', '--initial-branch=main']);
  await git(into, ['fetch', '--quiet', bare, BRANCH]);
  await git(into, ['checkout', '--quiet', '-B', 'main', 'FETCH_HEAD']);
}

/** The project's folder, and those that it had before it was renamed, the newest first. */
async function namesOf(root: string, folder: string): Promise<string[]> {
  const args = [
    'log',
    '--follow',
    '--relative',
    '--format=',
    '--name-status',
    '-z',
    '--',
    `${folder}/${SETTINGS}`,
  ];
  const words = (await git(root, args)).split('\0');
  const before = words.flatMap((word, at) => (/^\s*R\d+$/.test(word) ? [words[at + 1] as string] : []));
  const folders = before
    .filter((path) => path.startsWith(`${HOMES.project}/`) && path.endsWith(`/${SETTINGS}`))
    .map((path) => path.slice(0, -SETTINGS.length - 1));
  return [...new Set([folder, ...folders])];
}

/** One commit as git tells it. */
interface Commit {
  readonly hash: string;
  readonly parents: readonly string[];
  /** `author Ada <ada@example.com> 1700000000 +0100`, and the same of the committer. */
  readonly people: readonly string[];
  readonly message: string;
}

/** The commits that touched folders, for `git fast-import`: each with the tree of the folder as its own. */
async function streamOf(top: string, folders: readonly string[]): Promise<string> {
  const commits = await commitsOf(top, folders);
  const trees = await treesOf(top, commits, folders);
  const marks = new Map(commits.map(({ hash }, at) => [hash, `:${at + 1}`]));
  return commits
    .map(({ hash, parents, people, message }, at) =>
      [
        `commit ${BRANCH}`,
        `mark ${marks.get(hash)}`,
        ...people,
        `data ${Buffer.byteLength(message)}`,
        message,
        ...parents.map((parent, index) => `${index ? 'merge' : 'from'} ${marks.get(parent)}`),
        trees[at] ? `M 040000 ${trees[at]} ` : 'deleteall',
        '',
      ].join('\n'),
    )
    .join('\n');
}

async function commitsOf(top: string, folders: readonly string[]): Promise<Commit[]> {
  const fields = ['%H', '%P', 'author %an <%ae> %ad', 'committer %cn <%ce> %cd', '%B'].join('%x00');
  const args = ['log', '--reverse', '--topo-order', '--parents', '--date=raw', '-z', `--format=${fields}`];
  const words = (await git(top, [...args, 'HEAD', '--', ...folders])).split('\0');
  return Array.from({ length: Math.floor(words.length / 5) }, (_, at) => {
    const [hash = '', parents = '', author = '', committer = '', message = ''] = words.slice(
      at * 5,
      at * 5 + 5,
    );
    return { hash, parents: parents.split(' ').filter(Boolean), people: [author, committer], message };
  });
}

/** The tree of the project in each commit; undefined where it isn't there. */
async function treesOf(
  top: string,
  commits: readonly Commit[],
  folders: readonly string[],
): Promise<(string | undefined)[]> {
  const asked = commits.flatMap(({ hash }) => folders.map((folder) => `${hash}:${folder}`));
  const format = '--batch-check=%(objectname) %(objecttype)';
  const answers = (
    await git(top, ['cat-file', format], { input: asked.map((one) => `${one}\n`).join('') })
  ).split('\n');
  return commits.map((_, at) => {
    const own = answers.slice(at * folders.length, (at + 1) * folders.length);
    return own.find((answer) => answer.endsWith(' tree'))?.split(' ')[0];
  });
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

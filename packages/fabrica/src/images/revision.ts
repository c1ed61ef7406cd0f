import { git, isClean, isRepository, isShallow } from '../registries/git';
import { run } from '../support/processes';

/** What an image is made from, as labels and tags say it. */
export interface Revision {
  /** The last commit that changed the project; undefined where nothing of it is committed. */
  readonly commit?: string;
  /** When that was, as in ISO 8601. */
  readonly date?: string;
  /** Whether the folder holds something else than the commit. */
  readonly dirty: boolean;
  /** The repository's address, without credentials, when it has one. */
  readonly source?: string;
  /** Older commits are missing in this clone: the commit may not be the last that changed the project. */
  readonly shallow: boolean;
}

/**
 * The revision of a project: its own last commit, not the repository's. So a commit elsewhere changes no image.
 *
 * @param folder relative to the workspace
 */
export async function revisionOf(root: string, folder: string): Promise<Revision> {
  if (!(await isRepository(root))) return { dirty: true, shallow: false };
  const [last, clean, shallow, source] = await Promise.all([
    run('git', ['log', '-1', '--format=%H %cI', '--', folder], { cwd: root }),
    isClean(root, folder),
    isShallow(root),
    sourceOf(root),
  ]);
  const [commit, date] = last.code === 0 ? last.stdout.trim().split(' ') : [];
  return commit ? { commit, date, dirty: !clean, source, shallow } : { dirty: true, source, shallow };
}

async function sourceOf(root: string): Promise<string | undefined> {
  const remotes = (await git(root, ['remote'])).split('\n').filter(Boolean);
  const remote = remotes.includes('origin') ? 'origin' : remotes[0];
  return remote ? webAddress((await git(root, ['remote', 'get-url', remote])).trim()) : undefined;
}

/** The address of a repository as a browser opens it; undefined for a folder. */
export function webAddress(url: string): string | undefined {
  const [, host, path] =
    /^(?:ssh:\/\/)?(?:[^@/]+@)?([\w.-]+\.\w+)(?::\d+\/|[:/])(?!\/)(.+?)(?:\.git)?\/?$/.exec(url) ?? [];
  if (!/^\w+:\/\//.test(url) || url.startsWith('ssh://')) return host ? `https://${host}/${path}` : undefined;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) return undefined;
  return `${parsed.protocol}//${parsed.host}${parsed.pathname.replace(/(\.git)?\/?$/, '')}`;
}

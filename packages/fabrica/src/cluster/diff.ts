import { ask, askUntil, type Target } from './ask';
import { APPLY, namesIn, ownedArguments, without } from './owned';
import type { Manifest } from './release';

/** What a deploy would change in a cluster. */
export interface Difference {
  /** As `diff -u` says it; empty when nothing would change. */
  readonly diff: string;
  /** Objects of the project that are there. */
  readonly there: readonly string[];
  /** Objects of the project that would be taken away: `deployment.apps/bikes-app`. */
  readonly removed: readonly string[];
}

/**
 * Asks the cluster what would be other after a deploy; it changes nothing.
 *
 * @param folder of the manifests
 * @throws FabricaError those of kubectl
 */
export async function diffRelease(
  target: Target,
  manifests: readonly Manifest[],
  folder: string,
): Promise<Difference> {
  const { project, environment } = target;
  const HAS_DIFFERENCES = 1;
  const { stdout } = await askUntil(target, ['diff', ...APPLY, '-f', folder], {
    isAnswer: ({ code, stdout }) => code === 0 || (code === HAS_DIFFERENCES && stdout !== ''),
  });
  const there = namesIn(await ask(target, ownedArguments(project.name, environment.name)));
  return { diff: readable(stdout), there, removed: without(there, manifests) };
}

/** What the server writes into an object: with it, one that is asked for twice would differ. */
const SERVERS = /^[+-] +(creationTimestamp|generation|resourceVersion|uid): .*\n/gm;

/** Without the temporary folders of kubectl and what the server writes: the same difference is the same text. */
export function readable(diff: string): string {
  const text = diff
    .replaceAll(/^diff -u .*\n/gm, '')
    .replaceAll(/^--- \S*\/LIVE-\d+\/(\S+).*$/gm, '--- cluster/$1')
    .replaceAll(/^\+\+\+ \S*\/MERGED-\d+\/(\S+).*$/gm, '+++ compiled/$1')
    .replaceAll(SERVERS, '');
  // What differed in nothing else: a hunk without a change, and a file without a hunk.
  return text
    .split(/^(?=--- cluster\/)/m)
    .map((file) => {
      const [head, ...hunks] = file.split(/^(?=@@ )/m);
      const changed = hunks.filter((hunk) => /^[+-]/m.test(hunk));
      return changed.length ? [head, ...changed].join('') : '';
    })
    .join('');
}

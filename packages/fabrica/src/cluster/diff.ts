import type { Environment } from '../workspace';
import { kubectl, kubectlFailure } from './kubectl';
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
  project: string,
  environment: Environment,
  manifests: readonly Manifest[],
  folder: string,
  signal: AbortSignal,
): Promise<Difference> {
  const compared = await kubectl(environment, ['diff', ...APPLY, '-f', folder], { signal });
  const HAS_DIFFERENCES = 1;
  if (compared.code > HAS_DIFFERENCES || (compared.code === HAS_DIFFERENCES && !compared.stdout))
    throw kubectlFailure(compared, environment);
  const listed = await kubectl(environment, ownedArguments(project, environment.name), { signal });
  if (listed.code !== 0) throw kubectlFailure(listed, environment);
  const there = namesIn(listed.stdout);
  return { diff: readable(compared.stdout), there, removed: without(there, manifests) };
}

/** Without the temporary folders of kubectl: the same difference is the same text. */
function readable(diff: string): string {
  return diff
    .replaceAll(/^diff -u .*\n/gm, '')
    .replaceAll(/^--- \S*\/LIVE-\d+\/(\S+).*$/gm, '--- cluster/$1')
    .replaceAll(/^\+\+\+ \S*\/MERGED-\d+\/(\S+).*$/gm, '+++ compiled/$1');
}

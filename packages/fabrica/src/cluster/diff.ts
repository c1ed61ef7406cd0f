import type { Environment } from '../workspace';
import { kubectl, kubectlFailure } from './kubectl';
import { LABELS, type Manifest } from './release';

/** What a deploy would change in a cluster. */
export interface Difference {
  /** As `diff -u` says it; empty when nothing would change. */
  readonly diff: string;
  /** Objects of the project that would be taken away: `deployment.apps/bikes-app`. */
  readonly removed: readonly string[];
}

/** The kinds of objects that a release is made of, as kubectl names them. */
const KINDS = [
  'cronworkflows.argoproj.io',
  'deployments.apps',
  'horizontalpodautoscalers.autoscaling',
  'networkpolicies.networking.k8s.io',
  'poddisruptionbudgets.policy',
  'rolebindings.rbac.authorization.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'secrets',
  'serviceaccounts',
  'services',
  'workflowtemplates.argoproj.io',
];

/** Who applies, as the cluster writes it down for each field. */
export const FIELD_MANAGER = 'fabrica';

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
  const how = ['--server-side', '--force-conflicts', `--field-manager=${FIELD_MANAGER}`];
  const compared = await kubectl(environment, ['diff', ...how, '-f', folder], { signal });
  const HAS_DIFFERENCES = 1;
  if (compared.code > HAS_DIFFERENCES || (compared.code === HAS_DIFFERENCES && !compared.stdout))
    throw kubectlFailure(compared, environment);
  const owner = `${LABELS.project}=${project},${LABELS.environment}=${environment.name}`;
  const there = await kubectl(environment, ['get', KINDS.join(','), '-l', owner, '-o', 'name'], { signal });
  if (there.code !== 0) throw kubectlFailure(there, environment);
  const own = new Set(manifests.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`));
  const removed = there.stdout
    .split('\n')
    .filter((name) => name && !own.has(name.replace(/^([^./]+)[^/]*/, '$1')));
  return { diff: readable(compared.stdout), removed };
}

/** Without the temporary folders of kubectl: the same difference is the same text. */
function readable(diff: string): string {
  return diff
    .replaceAll(/^diff -u .*\n/gm, '')
    .replaceAll(/^--- \S*\/LIVE-\d+\/(\S+).*$/gm, '--- cluster/$1')
    .replaceAll(/^\+\+\+ \S*\/MERGED-\d+\/(\S+).*$/gm, '+++ compiled/$1');
}

import { LABELS, TESTS, type Manifest } from './release';

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
const FIELD_MANAGER = 'fabrica';

/** How manifests are applied, and compared: what others wrote into our fields does not stay. */
export const APPLY = ['--server-side', '--force-conflicts', `--field-manager=${FIELD_MANAGER}`];

/** Selects the objects of a project in an environment. */
export function ownerSelector(project: string, environment: string): string {
  return `${LABELS.project}=${project},${LABELS.environment}=${environment}`;
}

/** Selects the runs of a project in an environment, of all pipelines or of one: its tests are none. */
export function runSelector(project: string, environment: string, pipeline?: string): string {
  const part = pipeline === undefined ? `${LABELS.part}!=${TESTS}` : `${LABELS.part}=pipeline.${pipeline}`;
  return `${ownerSelector(project, environment)},${part}`;
}

/** What kubectl is asked for the names of the objects of a project's releases: {@link namesIn} its answer. */
export function ownedArguments(project: string, environment: string): string[] {
  return ['get', KINDS.join(','), '-l', ownerSelector(project, environment), '-o', 'name'];
}

/** The names that kubectl printed: `deployment.apps/bikes-service`. */
export function namesIn(stdout: string): string[] {
  return stdout.split('\n').filter(Boolean);
}

/** Those of some objects that manifests don't hold. */
export function without(objects: readonly string[], manifests: readonly Manifest[]): string[] {
  const own = new Set(manifests.map(objectName));
  return objects.filter((object) => !own.has(plainName(object)));
}

/** The kind and the name of an object, as {@link plainName} writes them. */
export function objectName({ kind, metadata }: Manifest): string {
  return `${kind.toLowerCase()}/${metadata.name}`;
}

/** Without the group: `deployment/bikes-service`. */
export function plainName(object: string): string {
  return object.replace(/^([^./]+)[^/]*/, '$1');
}

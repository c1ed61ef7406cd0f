import { LABELS, labelsOf, metadataOf, type Manifest, type Release } from './release';
import { executorOf } from './workflow';

/**
 * Who a project is in the cluster, what it may do, and who may reach it. Its code has no right at all; Argo's own
 * container beside it may report what became of a step, and has an account of its own for that.
 */
export function accessManifests(release: Release): Manifest[] {
  return [serviceAccount(release, release.project.name), ...executorManifests(release), closed(release)];
}

function serviceAccount(release: Release, name: string): Manifest {
  const { environment, project } = release;
  const { identity, pullSecrets } = environment;
  const annotations = Object.fromEntries(
    Object.entries(identity).map(([key, value]) => [key, value.replaceAll('{project}', project.name)]),
  );
  const metadata = metadataOf(release, name);
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: Object.keys(annotations).length ? { ...metadata, annotations } : metadata,
    automountServiceAccountToken: false,
    ...(pullSecrets.length ? { imagePullSecrets: pullSecrets.map((secret) => ({ name: secret })) } : {}),
  };
}

function executorManifests(release: Release): Manifest[] {
  const name = executorOf(release.project.name);
  const api = 'rbac.authorization.k8s.io';
  const metadata = metadataOf(release, name);
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      // Argo looks for the account's token under this name; the cluster fills it in.
      metadata: {
        ...metadataOf(release, `${name}.service-account-token`),
        annotations: { 'kubernetes.io/service-account.name': name },
      },
      type: 'kubernetes.io/service-account-token',
    },
    {
      apiVersion: `${api}/v1`,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: ['argoproj.io'], resources: ['workflowtaskresults'], verbs: ['create', 'patch'] }],
    },
    {
      apiVersion: `${api}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: api, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: release.environment.namespace }],
    },
  ];
}

/** Nobody reaches a pod of the project, unless another policy says so. */
function closed(release: Release): Manifest {
  const { environment, project } = release;
  return networkPolicy(release, `${project.name}.closed`, {
    podSelector: {
      matchLabels: { [LABELS.environment]: environment.name, [LABELS.project]: project.name },
    },
  });
}

/** Who reaches a service or an app: its own project, those that fabrica.yaml names, and the environment's ingress. */
export function openTo(
  release: Release,
  name: string,
  part: string,
  port: number,
  callers: readonly string[],
): Manifest {
  const { environment, project } = release;
  const projects = [...new Set([project.name, ...callers])].sort();
  return networkPolicy(
    release,
    name,
    {
      podSelector: { matchLabels: selectorOf(release, part) },
      ingress: [
        {
          from: [
            {
              podSelector: {
                matchLabels: { [LABELS.environment]: environment.name },
                matchExpressions: [{ key: LABELS.project, operator: 'In', values: projects }],
              },
            },
            ...environment.ingress.map((namespace) => ({
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
            })),
          ],
          ports: [{ port, protocol: 'TCP' }],
        },
      ],
    },
    part,
  );
}

function networkPolicy(release: Release, name: string, spec: object, part?: string): Manifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(release, name, part),
    spec: { ...spec, policyTypes: ['Ingress'] },
  };
}

/** The labels that select the pods of a part. */
export function selectorOf(release: Release, part: string): Record<string, string> {
  const { [LABELS.environment]: environment, [LABELS.project]: project } = labelsOf(release);
  return {
    [LABELS.environment]: environment as string,
    [LABELS.part]: part,
    [LABELS.project]: project as string,
  };
}

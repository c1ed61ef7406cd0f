import { SETTINGS, layoutPath } from '../workspace';
import { openTo, selectorOf } from './access';
import {
  CONTAINER_SECURITY,
  placementOf,
  POD_SECURITY,
  resourcesOf,
  secretVariables,
  variablesOf,
  VOLUME_MOUNTS,
  VOLUMES,
} from './pod';
import { labelsOf, metadataOf, settingsOf, type Manifest, type Release } from './release';

/** What runs for as long as it is deployed. */
interface Kind {
  readonly part: 'service' | 'app';
  readonly name: string;
  readonly command: readonly string[];
  readonly port: number;
  /** Where it answers whether it lives, and whether it can be asked. */
  readonly alive: string;
  readonly ready: string;
  /** A browser stays with the replica that knows its session. */
  readonly sticky?: boolean;
}

const REPLICAS = 2;
/**
 * Until those who send requests know that a pod goes, it answers them; then it ends what it has begun. How long a node
 * needs to know it depends on how much it has to do.
 */
const DRAIN = { lifecycle: 15, grace: 60 };

/** What the service and the app of a project are made of. */
export function runningManifests(release: Release, part: Kind['part']): Manifest[] {
  const kind = kindOf(release, part);
  const { callers = [] } = settingsOf(release, part);
  return [
    deployment(release, kind),
    service(release, kind),
    disruptionBudget(release, kind),
    ...autoscaler(release, kind),
    openTo(release, kind.name, part, kind.port, callers),
  ];
}

function kindOf({ project }: Release, part: Kind['part']): Kind {
  const { name, module } = project;
  if (part === 'service')
    return {
      part,
      name: `${name}-service`,
      command: ['python', '-m', 'fabrica.serving', 'serve', '--host', '0.0.0.0', '--port', '8000'],
      port: 8000,
      alive: '/health',
      ready: '/ready',
    };
  const options = ['--server.address=0.0.0.0', '--server.port=8501', '--server.headless=true'];
  return {
    part,
    name: `${name}-app`,
    command: [
      'streamlit',
      'run',
      layoutPath('app', { module }),
      ...options,
      '--browser.gatherUsageStats=false',
    ],
    port: 8501,
    alive: '/_stcore/health',
    ready: '/_stcore/health',
    sticky: true,
  };
}

function deployment(release: Release, kind: Kind): Manifest {
  const { part, name } = kind;
  const { nodeSelector, tolerations, replicas = REPLICAS, scale } = settingsOf(release, part);
  const labels = selectorOf(release, part);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(release, name, part),
    spec: {
      ...(scale ? {} : { replicas }),
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      revisionHistoryLimit: 5,
      template: {
        metadata: { labels: labelsOf(release, part) },
        spec: {
          automountServiceAccountToken: false,
          containers: [container(release, kind)],
          securityContext: POD_SECURITY,
          serviceAccountName: release.project.name,
          terminationGracePeriodSeconds: DRAIN.grace,
          topologySpreadConstraints: [
            {
              labelSelector: { matchLabels: labels },
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
            },
          ],
          volumes: VOLUMES,
          ...placementOf(release, { nodeSelector, tolerations }),
        },
      },
    },
  };
}

function container(release: Release, { part, command, port, alive, ready }: Kind): object {
  const { cpu, memory, secrets = [] } = settingsOf(release, part);
  const place = { file: `${release.project.folder}/${SETTINGS}` };
  const own = secretVariables(release, secrets, `the ${part}`, place);
  const probe = (path: string) => ({ httpGet: { path, port: 'http' }, timeoutSeconds: 5 });
  return {
    name: part,
    image: release.image,
    command,
    env: [...variablesOf(release), ...own],
    lifecycle: { preStop: { sleep: { seconds: DRAIN.lifecycle } } },
    livenessProbe: { ...probe(alive), periodSeconds: 10, failureThreshold: 3 },
    ports: [{ name: 'http', containerPort: port }],
    readinessProbe: { ...probe(ready), periodSeconds: 5 },
    resources: resourcesOf(release, { cpu, memory }, `the ${part}`, place),
    securityContext: CONTAINER_SECURITY,
    startupProbe: { ...probe(alive), periodSeconds: 2, failureThreshold: 90 },
    volumeMounts: VOLUME_MOUNTS,
  };
}

function service(release: Release, { part, name, sticky }: Kind): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(release, name, part),
    spec: {
      ports: [{ name: 'http', port: 80, targetPort: 'http' }],
      selector: selectorOf(release, part),
      ...(sticky ? { sessionAffinity: 'ClientIP' } : {}),
    },
  };
}

/** A node that is emptied takes one replica at a time. */
function disruptionBudget(release: Release, { part, name }: Kind): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(release, name, part),
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(release, part) } },
  };
}

function autoscaler(release: Release, { part, name }: Kind): Manifest[] {
  const { scale } = settingsOf(release, part);
  if (!scale) return [];
  const { min, max, cpu } = scale;
  return [
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: metadataOf(release, name, part),
      spec: {
        minReplicas: Math.min(min, max),
        maxReplicas: max,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } },
          },
        ],
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      },
    },
  ];
}

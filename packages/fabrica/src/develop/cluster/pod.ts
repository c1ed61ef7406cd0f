import { createHash } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import {
  CONTAINER_SECURITY,
  placementOf,
  POD_SECURITY,
  secretVariables,
  variablesOf,
  VOLUME_MOUNTS,
  VOLUMES,
  type Variable,
} from '../../cluster/pod';
import { metadataOf, labelsOf, slug, type Manifest, type Release } from '../../cluster/release';
import { placeIn, pythonPath, stateOf } from '../compose';
import { LAB, WORKSPACE } from '../dockerfile';
import type { Demand } from './demand';

/** The part of a project that a pod to work in is. */
export const PART = 'develop';
/** On the pod and its job: which one it is. */
export const NAME_LABEL = 'fabrica/develop';
/** On the job: the tag of its image. */
export const IMAGE_ANNOTATION = 'fabrica/image';
export const CONTAINER = 'develop';

/** In the pod: the token of JupyterLab, which outlives a container that is started again. */
export const TOKEN = '/tmp/jupyter-token';

/** What decides the pod. */
export interface Wish {
  readonly release: Release;
  readonly name: string;
  /** The tag of its image, which says what that is made from. */
  readonly tag: string;
  readonly demand: Demand;
  readonly resources: object;
  /** Without a kernel there is nothing for JupyterLab to do. */
  readonly lab: boolean;
  /** Shared packages from the working tree. */
  readonly packages: readonly string[];
  /** Relative to the workspace: where files say that they came through. */
  readonly probes: string;
}

/** The name of the pod's job: of a person's clone of the workspace there is one for each project. */
export function podName(root: string, project: string, environment: string): string {
  const own = [userInfo().username, hostname(), root, environment].join('\0');
  const digest = createHash('sha256').update(own).digest('hex').slice(0, 8);
  return `${slug(project, new Set(), 44)}.develop-${digest}`;
}

/** Secrets of the environment that fabrica.yaml asks for by `develop.environment`. */
export function wantedSecrets({ project, environment }: Release): string[] {
  return (project.settings.develop?.environment ?? []).filter((name) => environment.secrets[name]);
}

/**
 * A job of one pod, which the cluster removes when its time is over, also when nobody is there. A container that ends,
 * as one does that takes too much memory, is started again beside the files as they are.
 */
export function developJob(wish: Wish): Manifest {
  const { release, name, demand } = wish;
  const labels = { ...labelsOf(release, PART), [NAME_LABEL]: name };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...metadataOf(release, name, PART), labels, annotations: { [IMAGE_ANNOTATION]: wish.tag } },
    spec: {
      activeDeadlineSeconds: Math.ceil(demand.hours * 3600),
      backoffLimit: RESTARTS,
      ttlSecondsAfterFinished: REMEMBERED,
      template: { metadata: { labels }, spec: podSpec(wish) },
    },
  };
}

const RESTARTS = 5;
/** For how long one can ask why it ended, in seconds. */
const REMEMBERED = 60;

function podSpec(wish: Wish): object {
  const { release, demand, resources } = wish;
  return {
    automountServiceAccountToken: false,
    containers: [
      {
        name: CONTAINER,
        image: release.image,
        command: ['sh', '-c', startScript(wish)],
        env: variables(wish),
        resources,
        securityContext: CONTAINER_SECURITY,
        // The image's is not there yet, and the runtime would make it, as root.
        workingDir: WORKSPACE,
        volumeMounts: [
          ...VOLUME_MOUNTS,
          { name: 'workspace', mountPath: WORKSPACE },
          // What the runtime gives has 64 MB: too little for the workers that load data for a model.
          { name: 'shm', mountPath: '/dev/shm' },
        ],
      },
    ],
    hostname: slug(release.project.name),
    restartPolicy: 'OnFailure',
    securityContext: POD_SECURITY,
    serviceAccountName: release.project.name,
    // With a first process that takes care of those whose parent has ended.
    shareProcessNamespace: true,
    terminationGracePeriodSeconds: 10,
    volumes: [
      ...VOLUMES,
      { name: 'workspace', emptyDir: {} },
      { name: 'shm', emptyDir: { medium: 'Memory' } },
    ],
    ...placementOf(release, {}, demand.gpu),
  };
}

function startScript({ release, lab, probes }: Wish): string {
  const { folder } = release.project;
  const makeToken = `python -c 'import secrets; print(secrets.token_hex(24))' > ${TOKEN}.new && mv ${TOKEN}.new ${TOKEN}`;
  return [
    `mkdir -p "$HOME" ${placeIn(folder)} ${WORKSPACE}/${probes}`,
    `cd ${placeIn(folder)}`,
    ...(lab
      ? [
          `{ [ -s ${TOKEN} ] || (umask 077 && ${makeToken}); }`,
          `JUPYTER_TOKEN=$(cat ${TOKEN}) exec ${LAB.join(' ')}`,
        ]
      : ['exec sleep infinity']),
  ].join(' && ');
}

function variables({ release, packages }: Wish): Variable[] {
  const { project } = release;
  const own = {
    FABRICA_PROJECT: project.name,
    HOME: placeIn(stateOf(project.name), 'home'),
    PYTHONPATH: pythonPath(project.folder, packages),
    USER: 'dev',
  };
  return [
    ...variablesOf(release).filter(({ name }) => !Object.hasOwn(own, name)),
    ...secretVariables(release, wantedSecrets(release), PART, { file: project.folder }),
    ...Object.entries(own).map(([name, value]) => ({ name, value })),
  ];
}

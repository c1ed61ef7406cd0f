import { healthOf } from './health';
import type { ContainerStatus, Pod, Running } from './objects';

const REVISION = 'deployment.kubernetes.io/revision';
const owner = (kind: string, name: string) => ({ ownerReferences: [{ kind, name }] });

/** A Deployment of two replicas at its second revision, with pods of that revision. */
function running(pods: readonly Pod[], status: object = {}): Running[] {
  return [
    {
      kind: 'Deployment',
      metadata: { name: 'rides-service', generation: 3, annotations: { [REVISION]: '2' } },
      spec: { replicas: 2, template: { spec: { containers: [{ image: 'rides@sha256:1' }] } } },
      status: { observedGeneration: 3, replicas: 2, updatedReplicas: 2, availableReplicas: 1, ...status },
    },
    set('old', '1'),
    set('new', '2'),
    { ...pod({}, { ready: true }), metadata: { name: 'old-1', ...owner('ReplicaSet', 'old') } },
    ...pods,
  ];
}

function set(name: string, revision: string): Running {
  return {
    kind: 'ReplicaSet',
    metadata: { name, annotations: { [REVISION]: revision }, ...owner('Deployment', 'rides-service') },
  };
}

function pod(
  container: Partial<ContainerStatus>,
  { ready = false, placed = 'True', message }: { ready?: boolean; placed?: string; message?: string } = {},
): Pod {
  return {
    kind: 'Pod',
    metadata: { name: 'new-1', ...owner('ReplicaSet', 'new') },
    status: {
      conditions: [
        { type: 'Ready', status: ready ? 'True' : 'False' },
        { type: 'PodScheduled', status: placed, message },
      ],
      containerStatuses: [{ name: 'service', ready, restartCount: 0, ...container }],
    },
  };
}

const waiting = (reason: string, message?: string) => ({ state: { waiting: { reason, message } } });

it('is healthy when all replicas of this release can be asked, and none before is left', () => {
  const whole = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  expect(healthOf(running([], whole))).toMatchObject([{ healthy: true, wanted: 2 }]);
  expect(healthOf(running([], { ...whole, replicas: 3 }))).toMatchObject([{ healthy: false }]);
  expect(healthOf(running([], { ...whole, observedGeneration: 2 }))).toMatchObject([{ healthy: false }]);
});

it.each<[string, Pod, object]>([
  ['an image', pod(waiting('ImagePullBackOff', 'not found')), { kind: 'image', final: true }],
  ['an image that was asked for once', pod(waiting('ErrImagePull')), { kind: 'image', final: false }],
  [
    'a missing secret',
    pod(waiting('CreateContainerConfigError', 'secret "slack" not found')),
    { kind: 'container', final: true, message: `its container can't be made: secret "slack" not found` },
  ],
  [
    'a crash',
    pod({ ...waiting('CrashLoopBackOff'), lastState: { terminated: { exitCode: 3 } } }),
    { kind: 'crash', final: true, message: 'it ends again and again (exit code 3)' },
  ],
  [
    'memory',
    pod({ restartCount: 2, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }),
    { kind: 'crash', message: 'it takes more memory than it may have, and is killed for that' },
  ],
  ['one crash', pod({ restartCount: 1 }), { kind: 'unready', final: false }],
  [
    'no room',
    pod({}, { placed: 'False', message: '0/1 nodes are available' }),
    { kind: 'room', final: false, message: 'no node takes it: 0/1 nodes are available' },
  ],
])('tells %s', (_title, one, trouble) => {
  expect(healthOf(running([one]))[0]?.trouble).toMatchObject(trouble);
});

it('tells what waiting does not mend before what it may', () => {
  const both = [pod({}), pod(waiting('ImagePullBackOff'))];
  expect(healthOf(running(both))[0]?.trouble?.kind).toBe('image');
});

it('tells why no pod is made', () => {
  const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }];
  expect(healthOf(running([], { conditions }))[0]?.trouble).toMatchObject({
    kind: 'pods',
    message: 'the cluster makes no pod of it: exceeded quota',
  });
});

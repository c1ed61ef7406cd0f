import { gzipSync } from 'node:zlib';
import { planOf, releaseWith, SLACK } from '../testing/release';
import { Watcher } from './events';
import { podOf, runOf, type Node, type Workflow } from './objects';
import { unpullable } from './pull';
import { continued, setsOf, workflowOf } from './submit';

const release = releaseWith({ environment: SLACK });
const made = workflowOf(release, planOf(), '20261121T081502-417093-5f3a', { depth: '8' }) as Workflow;

function node(id: string, more: Partial<Node>): Node {
  return { id: `w-${id}`, displayName: id, type: 'Pod', phase: 'Running', ...more };
}

/** A workflow as the cluster has it: some nodes, each with the pods that were tried. */
function workflow(nodes: readonly Node[], status: Workflow['status'] = {}): Workflow {
  return {
    ...made,
    metadata: { ...made.metadata, uid: 'abcdef01-2', creationTimestamp: '2026-11-21T08:15:02Z' },
    status: { phase: 'Running', ...status, nodes: Object.fromEntries(nodes.map((one) => [one.id, one])) },
  };
}

const chunk = { inputs: { parameters: [{ name: 'chunk', value: '1' }] } };
const retry = (phase: string, ...pods: string[]): Node =>
  node('retry', {
    ...chunk,
    type: 'Retry',
    templateName: 'train-model',
    phase,
    children: pods.map((id) => `w-${id}`),
  });
const pod = (id: string, phase: string, message?: string): Node =>
  node(id, { ...chunk, templateName: 'train-model', phase, message });
const which = { step: 'train_model', chunk: '1/3' };

it('tells each thing that is new, once, by the names of the plan', () => {
  const watcher = new Watcher();
  const open = node('open', { type: 'Retry', templateName: 'open', phase: 'Succeeded' });
  const first = watcher.look(
    workflow([open, retry('Running', '1'), pod('1', 'Running')], { startedAt: 'then' }),
  );
  expect(first.events).toEqual([
    { event: 'opened', since: 'then' },
    { event: 'started', ...which },
  ]);
  expect(first.pods).toEqual([{ ...which, pod: `${made.metadata.name}-train-model-1` }]);
  const second = watcher.look(
    workflow([open, retry('Running', '1', '2'), pod('1', 'Error', 'pod deleted'), pod('2', 'Running')]),
  );
  expect(second.events).toEqual([
    { event: 'retried', ...which, attempt: 1, message: 'its pod was deleted' },
    { event: 'started', ...which },
  ]);
  const third = watcher.look(
    workflow(
      [retry('Failed', '1', '2'), pod('1', 'Error'), pod('2', 'Failed', 'OOMKilled (exit code 137)')],
      {
        phase: 'Failed',
        startedAt: '2026-11-21T08:15:02Z',
        finishedAt: '2026-11-21T08:15:12Z',
        message: 'child failed',
      },
    ),
  );
  expect(third.events).toEqual([
    { event: 'ended', ...which, message: 'out of memory: it may have 2Gi; memory= of the step raises that' },
    { event: 'closed', seconds: 10, message: 'child failed' },
  ]);
});

it('says what a pod waits for, and not that it begins', () => {
  const watcher = new Watcher();
  const look = (message: string) =>
    watcher.look(workflow([retry('Running', '1'), pod('1', 'Pending', message)]));
  expect(look('PodInitializing').events).toEqual([]);
  const full = 'Unschedulable: 0/1 nodes are available: 1 Insufficient memory.';
  expect(look(full).events).toEqual([{ event: 'said', text: `train_model waits: ${full}` }]);
  expect(look(full).events).toEqual([]);
});

it('tells an image that cannot be pulled from one that is being pulled', () => {
  expect(unpullable([pod('1', 'Pending', 'ContainerCreating')])).toBeUndefined();
  expect(unpullable([pod('1', 'Pending', 'ImagePullBackOff: Back-off')])).toBe('ImagePullBackOff: Back-off');
});

it('reads nodes that Argo packed', () => {
  const nodes = { 'w-retry': retry('Succeeded', '1'), 'w-1': pod('1', 'Succeeded') };
  const compressedNodes = gzipSync(JSON.stringify(nodes)).toString('base64');
  const packed = { ...workflow([]), status: { phase: 'Running', compressedNodes } };
  expect(new Watcher().look(packed).events).toContainEqual({ event: 'ended', ...which, message: null });
});

it('knows the run of a workflow that a schedule started', () => {
  const started = workflow([]);
  expect(runOf(started)).toBe('20261121T081502-417093-5f3a');
  expect(runOf({ ...started, spec: {} })).toBe('20261121T081502-abcdef01');
  expect(podOf(started, pod('1', 'Running'))).toMatch(/-train-model-1$/);
});

it('gives a run what was typed, and continues it as it was', () => {
  expect(
    setsOf(['--set', 'day=a=b', '--each', 'borough=Queens', '--settings', '{"depth": 4, "name": "x"}']),
  ).toEqual({
    day: 'a=b',
    depth: '4',
    name: 'x',
  });
  expect(made.spec.arguments?.parameters).toContainEqual(
    expect.objectContaining({ name: 'depth', value: '8' }),
  );
  const more = workflowOf(release, planOf(), 'r', { cutoff: '2026-01-01' }) as Workflow;
  const args = (one: Workflow) => one.spec.templates?.find(({ name }) => name === 'open')?.container?.args;
  expect(args(more)?.slice(-2)).toEqual(['--set', 'cutoff=2026-01-01']);
  const again = continued({ ...workflow([]), spec: { ...more.spec, shutdown: 'Stop' } }, 'r') as Workflow;
  expect(args(again)).toEqual(args(more));
  expect(again.spec.shutdown).toBeUndefined();
  const workflowTemplateRef = { name: 'rides.train' };
  const given = { parameters: [{ name: 'depth', value: '9' }] };
  const scheduled = workflow([], { storedWorkflowTemplateSpec: { ...more.spec, workflowTemplateRef } });
  const { spec } = continued(
    { ...scheduled, spec: { workflowTemplateRef, arguments: given } },
    'r',
  ) as Workflow;
  expect(spec.arguments?.parameters).toContainEqual(expect.objectContaining({ name: 'depth', value: '9' }));
  expect([spec.workflowTemplateRef, spec.templates]).toEqual([undefined, again.spec.templates]);
  expect(again.spec.arguments?.parameters).toContainEqual(
    expect.objectContaining({ name: 'fabrica-run', value: 'r' }),
  );
});

import type { Node, Workflow } from '../runs/objects';
import { releaseWith } from '../testing/release';
import { reasonOf } from './reasons';
import { SHARD, testWorkflow } from './workflow';

const made = testWorkflow(releaseWith(), {
  name: 'rides.tests-0f0f0f',
  shards: 2,
  mark: 'fabrica-report-0f',
  args: [],
}) as Workflow;

/** With the pod of the second shard, of which the cluster says this. */
function workflow(message?: string, status: Workflow['status'] = {}): Workflow {
  const node: Node = {
    id: 'w-1',
    displayName: 'shard(1:1)',
    type: 'Pod',
    templateName: SHARD,
    phase: 'Failed',
    message,
    inputs: { parameters: [{ name: SHARD, value: '1' }] },
  };
  return { ...made, status: { phase: 'Failed', ...status, nodes: { 'w-1': node } } };
}

it.each([
  [
    'OOMKilled (exit code 137)',
    'out of memory: it may have 1Gi; test: { memory: … } in fabrica.yaml raises that',
  ],
  ['pod deleted', 'its pod was deleted'],
  [
    'Pod was active on the node longer than the specified deadline',
    'the tests ran for longer than a run may take here',
  ],
  ['Error (exit code 139)', 'its pod ended without a report: Error (exit code 139)'],
  [undefined, 'its pod ended without a report'],
])('%j is told as %j', (message, told) => {
  expect(reasonOf(workflow(message), 1)).toContain(told);
});

it('says of a shard that has no pod what the cluster says of all', () => {
  expect(reasonOf(workflow(undefined, { message: 'quota exceeded' }), 0)).toBe(
    'it has not begun: quota exceeded',
  );
  expect(reasonOf(workflow('OOMKilled'), 0)).toBe('it has not begun');
});

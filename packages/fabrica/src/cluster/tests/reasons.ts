import { nodesOf, templateOf, type Node, type Workflow } from '../runs/objects';
import { SHARD } from './workflow';

/** Whether a node is the pod of a shard. */
export function isShard({ type, templateName }: Node): boolean {
  return type === 'Pod' && templateName === SHARD;
}

/** Which shard a pod is, counted from 0. */
export function indexOf({ inputs }: Node): number {
  return Number(inputs?.parameters?.find(({ name }) => name === SHARD)?.value ?? -1);
}

/** Why a shard has left no report, in words. */
export function reasonOf(workflow: Workflow, index: number): string {
  const node = Object.values(nodesOf(workflow)).find((one) => isShard(one) && indexOf(one) === index);
  const told = node?.message ?? workflow.status?.message ?? '';
  const memory = node && templateOf(workflow, node)?.container?.resources?.limits?.memory;
  if (/OOMKilled/.test(told))
    return `out of memory: it may have ${memory}; test: { memory: … } in fabrica.yaml raises that`;
  if (/deadline/i.test(told)) return 'the tests ran for longer than a run may take here (defaults.timeout)';
  if (/pod deleted|exit code (130|143)\)/i.test(told)) return 'its pod was deleted';
  if (!node) return `it has not begun${told && `: ${told}`}`;
  return `its pod ended without a report${told && `: ${told}`}`;
}

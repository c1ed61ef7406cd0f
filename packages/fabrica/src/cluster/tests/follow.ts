import type { Environment, Project } from '../../workspace';
import { hasEnded, isOver, nodesOf, podOf, templateOf, type Node, type Workflow } from '../runs/objects';
import { Patience, unpullable, waitsFor } from '../runs/pull';
import { watch } from '../runs/watch';
import type { ShardResult } from './merge';
import { PodLog } from './pod-log';
import { SHARD, type Tests } from './workflow';

/** What a pod wrote last comes a moment after the cluster says that it ended. */
const LATE = 10_000;

export interface FollowingTests {
  readonly project: Pick<Project, 'name'>;
  readonly environment: Environment;
  readonly tests: Tests;
  readonly signal: AbortSignal;
  /** A line that a pod printed, and which one, counted from 0. */
  readonly show: (line: string, shard: number) => void;
  readonly say: (text: string) => void;
}

/**
 * Shows what tests print until they have ended, and brings their reports back.
 *
 * @returns a result for each shard
 * @throws FabricaError `no-pull`, those of kubectl
 */
export async function followTests(following: FollowingTests): Promise<ShardResult[]> {
  const { environment, tests, signal, say } = following;
  const stop = new AbortController();
  const shards = new Shards(following, AbortSignal.any([signal, stop.signal]), (error) => stop.abort(error));
  try {
    const both = AbortSignal.any([signal, stop.signal]);
    await watch(environment, tests.name, { signal: both, say, look: (now) => shards.look(now) });
    return await shards.results();
  } catch (error) {
    throw signal.aborted || !stop.signal.aborted ? error : stop.signal.reason;
  } finally {
    stop.abort();
  }
}

class Shards {
  private readonly logs = new Map<number, PodLog>();
  private readonly said = new Set<string>();
  private readonly patience: Patience;
  private last: Workflow | undefined;

  constructor(
    private readonly following: FollowingTests,
    private readonly signal: AbortSignal,
    private readonly fail: (error: unknown) => void,
  ) {
    this.patience = new Patience({ ...following, workflow: following.tests.name, signal });
  }

  look(workflow: Workflow): void {
    this.last = workflow;
    const nodes = Object.values(nodesOf(workflow));
    for (const node of nodes.filter(isShard)) this.lookAt(workflow, node);
    if (!hasEnded(workflow)) this.patience.look(unpullable(nodes)).catch(this.fail);
  }

  private lookAt(workflow: Workflow, node: Node): void {
    const waits = waitsFor(node);
    if (waits !== undefined && !this.said.has(waits)) {
      this.said.add(waits);
      this.following.say(`the tests wait: ${waits}`);
    }
    const index = indexOf(node);
    if (this.logs.has(index) || !(node.phase === 'Running' || isOver(node.phase))) return;
    const { environment, tests, show } = this.following;
    const log = new PodLog(environment, podOf(workflow, node), tests.mark, this.signal);
    this.logs.set(index, log);
    // What can't be shown as it comes is read at the end.
    void log.follow((line) => show(line, index)).catch(() => undefined);
  }

  results(): Promise<ShardResult[]> {
    const { shards } = this.following.tests;
    return Promise.all(Array.from({ length: shards }, (_none, index) => this.result(index)));
  }

  private async result(index: number): Promise<ShardResult> {
    const log = this.logs.get(index);
    const report = await log?.report(LATE);
    return report ? { report } : { reason: this.reasonFor(index) };
  }

  /** Why a pod has left no report, in words. */
  private reasonFor(index: number): string {
    const workflow = this.last as Workflow;
    const node = Object.values(nodesOf(workflow)).find((one) => isShard(one) && indexOf(one) === index);
    const told = node?.message ?? workflow.status?.message ?? '';
    const memory = node && templateOf(workflow, node)?.container?.resources?.limits?.memory;
    if (/OOMKilled/.test(told))
      return `out of memory: it may have ${memory}; test: { memory: … } in fabrica.yaml raises that`;
    if (/deadline/i.test(told)) return 'the tests ran for longer than a run may take here (defaults.timeout)';
    if (/pod deleted|exit code (130|143)\)/i.test(told)) return 'its pod was deleted';
    return told ? `its pod ended without a report: ${told}` : 'its pod ended without a report';
  }
}

function isShard({ type, templateName }: Node): boolean {
  return type === 'Pod' && templateName === SHARD;
}

function indexOf({ inputs }: Node): number {
  return Number(inputs?.parameters?.find(({ name }) => name === SHARD)?.value ?? -1);
}

import type { Environment, Project } from '../../workspace';
import { isOver, nodesOf, podOf, type Node, type Workflow } from '../runs/objects';
import { waitsFor } from '../runs/pull';
import { watch } from '../runs/watch';
import type { ShardResult } from './merge';
import { PodLog } from './pod-log';
import { indexOf, isShard, reasonOf } from './reasons';
import type { Tests } from './workflow';

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
 * @throws FabricaError `no-pull`, `gone`, those of kubectl
 */
export async function followTests(following: FollowingTests): Promise<ShardResult[]> {
  const { project, environment, tests, signal, say } = following;
  const hint = `npx nx run ${project.name}:test --environment=${environment.name}, once more`;
  const over = new AbortController();
  const shards = new Shards(following, AbortSignal.any([signal, over.signal]));
  try {
    await watch(environment, tests.name, { project, signal, say, hint, look: (now) => shards.look(now) });
    return await shards.results();
  } finally {
    over.abort();
  }
}

class Shards {
  private readonly logs = new Map<number, PodLog>();
  private readonly said = new Set<string>();
  private last: Workflow | undefined;

  constructor(
    private readonly following: FollowingTests,
    private readonly signal: AbortSignal,
  ) {}

  look(workflow: Workflow): void {
    this.last = workflow;
    for (const node of Object.values(nodesOf(workflow)).filter(isShard)) this.lookAt(workflow, node);
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
    return report ? { report } : { reason: reasonOf(this.last as Workflow, index) };
  }
}

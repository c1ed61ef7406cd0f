import { chunksIn, hasEnded, isOver, nodesOf, podOf, templateOf, type Node, type Workflow } from './objects';
import { waitsFor } from './pull';

/** What `fabrica.pipelines follow` is told of a run, beside what steps print. */
export type RunEvent =
  | { readonly event: 'opened'; readonly since: string }
  | ({ readonly event: 'started' } & Which)
  | ({ readonly event: 'retried'; readonly attempt: number; readonly message: string } & Which)
  | ({ readonly event: 'ended'; readonly message: string | null } & Which)
  | ({ readonly event: 'output'; readonly text: string } & Which)
  | { readonly event: 'said'; readonly text: string }
  | { readonly event: 'closed'; readonly seconds: number | null; readonly message: string | null };

/** A step, and which of its pods: `0/4`; null for a step that runs once. */
export interface Which {
  readonly step: string;
  readonly chunk: string | null;
}

/** A pod of a step whose output is to be shown. */
export interface StepPod extends Which {
  readonly pod: string;
}

/** What is new in a workflow since it was looked at last. */
export interface News {
  readonly events: readonly RunEvent[];
  readonly pods: readonly StepPod[];
  /** The pod that could not open the run. */
  readonly unopened: string | undefined;
}

/** Tells what is new in a workflow each time that it is looked at. */
export class Watcher {
  private readonly told = new Set<string>();

  look(workflow: Workflow): News {
    const nodes = nodesOf(workflow);
    const tries = Object.values(nodes).filter(({ type }) => type === 'Retry');
    const events: RunEvent[] = [];
    const pods: StepPod[] = [];
    for (const retry of tries) {
      const which = whichOf(workflow, retry);
      const attempts = podsOf(retry, nodes);
      events.push(...this.waiting(which, attempts));
      if (which) {
        events.push(...this.steps(workflow, which, retry, attempts));
        pods.push(...this.newPods(workflow, which, attempts));
      } else if (retry.templateName === 'open' && retry.phase === 'Succeeded')
        events.push(...this.once('opened', { event: 'opened', since: workflow.status?.startedAt ?? '' }));
    }
    // What opened comes before what it let start.
    events.sort((a, b) => Number(b.event === 'opened') - Number(a.event === 'opened'));
    const open = tries.find(
      ({ templateName, phase }) => templateName === 'open' && ['Failed', 'Error'].includes(phase),
    );
    return {
      events: hasEnded(workflow) ? [...events, closed(workflow)] : events,
      pods,
      unopened: open && podOf(workflow, podsOf(open, nodes).at(-1) ?? open),
    };
  }

  private steps(workflow: Workflow, which: Which, retry: Node, attempts: readonly Node[]): RunEvent[] {
    return [
      ...attempts.flatMap((pod, index): RunEvent[] => [
        ...(hasStarted(pod) ? this.once(`started ${pod.id}`, { event: 'started', ...which }) : []),
        ...(index < attempts.length - 1
          ? this.once(`retried ${pod.id}`, {
              ...{ event: 'retried', ...which, attempt: index + 1 },
              message: sentence(workflow, pod) ?? 'it failed',
            })
          : []),
      ]),
      ...(isOver(retry.phase) && attempts.length
        ? this.once(`ended ${retry.id}`, {
            ...{ event: 'ended', ...which },
            message: retry.phase === 'Succeeded' ? null : sentence(workflow, attempts.at(-1) as Node),
          })
        : []),
    ];
  }

  private newPods(workflow: Workflow, which: Which, attempts: readonly Node[]): StepPod[] {
    return attempts
      .filter((pod) => hasStarted(pod) && this.isNew(`pod ${pod.id}`))
      .map((pod) => ({ ...which, pod: podOf(workflow, pod) }));
  }

  /** Why a pod does not begin: no node has room for it, a secret is missing. */
  private waiting(which: Which | undefined, attempts: readonly Node[]): RunEvent[] {
    return attempts.flatMap((pod) => {
      const message = waitsFor(pod);
      if (message === undefined) return [];
      const name = which ? which.step : pod.templateName;
      return this.once(`${pod.id} ${message}`, { event: 'said', text: `${name} waits: ${message}` });
    });
  }

  private once(key: string, event: RunEvent): RunEvent[] {
    return this.isNew(key) ? [event] : [];
  }

  private isNew(key: string): boolean {
    return !this.told.has(key) && Boolean(this.told.add(key));
  }
}

function whichOf(workflow: Workflow, node: Node): Which | undefined {
  const args = templateOf(workflow, node)?.container?.args ?? [];
  const [verb, , step] = args;
  if (verb !== 'step' || step === undefined) return undefined;
  const chunk = node.inputs?.parameters?.find(({ name }) => name === 'chunk')?.value;
  return { step, chunk: chunk === undefined ? null : `${chunk}/${chunksIn(workflow)}` };
}

function podsOf({ children = [] }: Node, nodes: Readonly<Record<string, Node>>): Node[] {
  return children.map((id) => nodes[id]).filter((node): node is Node => node?.type === 'Pod');
}

function hasStarted({ phase }: Node): boolean {
  return phase === 'Running' || isOver(phase);
}

function closed({ status }: Workflow): RunEvent {
  const { startedAt, finishedAt, message } = status ?? {};
  const seconds = (Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '')) / 1000 || 0;
  return { event: 'closed', seconds, message: message ?? null };
}

/** What became of a pod that could write nothing itself, in words. */
function sentence(workflow: Workflow, node: Node): string | null {
  const { message = '' } = node;
  const memory = templateOf(workflow, node)?.container?.resources?.limits?.memory;
  if (/OOMKilled/.test(message))
    return `out of memory: it may have ${memory}; memory= of the step raises that`;
  if (/deadline/i.test(message)) return 'its pod ran for longer than the step may take; timeout= raises that';
  if (/workflow shutdown/i.test(message)) return null;
  if (/pod deleted|exit code 130\)/i.test(message)) return 'its pod was deleted';
  return message || null;
}

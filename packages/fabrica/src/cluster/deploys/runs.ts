import { runSelector } from '../owned';
import { LABELS } from '../release';
import { runOf, type Workflow } from '../runs/objects';
import { askFor, type Target } from '../ask';

/** A run of a pipeline, as the cluster knows it. */
export interface ClusterRun {
  /** Under which it is in the store. */
  readonly run: string;
  readonly pipeline: string;
  /** The workflow's name in the cluster. */
  readonly workflow: string;
  readonly outcome: 'waiting' | 'running' | 'succeeded' | 'failed';
  readonly started: string;
  readonly seconds: number | null;
  /** What Argo says of it. */
  readonly message: string | null;
}

/** The last runs of a project that the cluster still knows, newest first. */
export async function readRuns(target: Target, most: number): Promise<ClusterRun[]> {
  const { project, environment } = target;
  const which = ['-l', runSelector(project.name, environment.name)];
  const { items } = await askFor<{ items: Workflow[] }>(target, ['workflows.argoproj.io', ...which]);
  return items
    .map(toldOf)
    .sort((a, b) => (a.started < b.started ? 1 : -1))
    .slice(0, most);
}

const OUTCOMES: Readonly<Record<string, ClusterRun['outcome']>> = {
  Running: 'running',
  Succeeded: 'succeeded',
  Failed: 'failed',
  Error: 'failed',
};

function toldOf(workflow: Workflow): ClusterRun {
  const { metadata, status = {} } = workflow;
  const { finishedAt, startedAt, phase = '', message } = status;
  const took = startedAt && finishedAt ? (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 : null;
  return {
    run: runOf(workflow),
    pipeline: (metadata.labels?.[LABELS.part] ?? '').replace(/^pipeline\./, ''),
    workflow: metadata.name,
    outcome: OUTCOMES[phase] ?? 'waiting',
    started: metadata.creationTimestamp,
    seconds: took,
    message: message || null,
  };
}

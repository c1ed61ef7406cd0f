import { ownerSelector } from '../owned';
import { RUN } from '../parameters';
import { LABELS } from '../release';
import { askFor, type Target } from './ask';

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

interface Workflow {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly arguments?: {
      readonly parameters?: readonly { readonly name: string; readonly value?: string }[];
    };
  };
  readonly status?: {
    readonly phase?: string;
    readonly startedAt?: string | null;
    readonly finishedAt?: string | null;
    readonly message?: string;
  };
}

/** The last runs of a project that the cluster still knows, newest first. */
export async function readRuns(target: Target, most: number): Promise<ClusterRun[]> {
  const { project, environment } = target;
  const owner = ownerSelector(project.name, environment.name);
  const { items } = await askFor<{ items: Workflow[] }>(target, ['workflows.argoproj.io', '-l', owner]);
  return items
    .map(runOf)
    .sort((a, b) => (a.started < b.started ? 1 : -1))
    .slice(0, most);
}

const OUTCOMES: Readonly<Record<string, ClusterRun['outcome']>> = {
  Running: 'running',
  Succeeded: 'succeeded',
  Failed: 'failed',
  Error: 'failed',
};

function runOf({ metadata, spec, status = {} }: Workflow): ClusterRun {
  const { finishedAt, startedAt, phase = '', message } = status;
  const took = startedAt && finishedAt ? (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 : null;
  return {
    run: spec.arguments?.parameters?.find(({ name }) => name === RUN)?.value || idOf(metadata),
    pipeline: (metadata.labels?.[LABELS.part] ?? '').replace(/^pipeline\./, ''),
    workflow: metadata.name,
    outcome: OUTCOMES[phase] ?? 'waiting',
    started: metadata.creationTimestamp,
    seconds: took,
    message: message || null,
  };
}

/** As the workflow itself makes it. */
function idOf({ creationTimestamp, uid }: Workflow['metadata']): string {
  return `${creationTimestamp.replaceAll(/[-:Z]/g, '')}-${uid.slice(0, 8)}`;
}

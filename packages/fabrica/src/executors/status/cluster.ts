import { commandEnvironment } from '../../../bin/shared.cjs';
import { spentBy } from '../../costs/watch';
import type { Spent } from '../../costs/budgets';
import { readStatus, type ClusterStatus } from '../../cluster/deploys/status';
import { readRunErrors, type StepFailure } from '../../python/run-errors';
import { messageOf } from '../../support/errors';
import { readEnvironment, readProject, type Environment } from '../../workspace';
import type { Command } from '../command';
import { parseDescription, type ServiceDescription } from '../service';
import { clusterReport } from './cluster-report';

/** A champion that serves, and by how many of the pods. */
export type Served = ServiceDescription['serving'][number] & { readonly pods: number };

/** What is in a cluster of a project; `--json` prints it. */
export interface ClusterDocument extends Omit<ClusterStatus, 'answered'> {
  readonly schema: 1;
  readonly project: string;
  readonly environment: string;
  readonly context: string;
  readonly namespace: string;
  readonly serving: readonly Served[];
  /** Pods that did not say what they serve. */
  readonly silent: readonly { readonly pod: string; readonly error: string }[];
  /** What failed in the last run that failed. */
  readonly failures: readonly StepFailure[];
  /** Why that can't be said. */
  readonly failuresError?: string;
  /** What is spent of its budget this month; undefined where it has none. */
  readonly spent?: Spent;
  /** Why that can't be said. */
  readonly spentError?: string;
}

/** Says what is in a cluster of a project: release, replicas, champions, runs, errors. */
export async function clusterStatus(command: Command, name: string): Promise<void> {
  const { root, at, signal, progress, answer } = command;
  const environment = readEnvironment(root, name);
  const document = await progress.quietly(`Asking ${environment.context}`, async () => {
    const target = { ...command, project: command, environment };
    const [{ answered, ...status }, { spent, error: spentError }] = await Promise.all([
      readStatus(target),
      spentBy({ root, project: readProject(root, command.folder), environment, signal }),
    ]);
    return {
      schema: 1 as const,
      project: command.name,
      environment: environment.name,
      context: environment.context,
      namespace: environment.namespace,
      ...status,
      serving: servedBy(answered),
      silent: answered.flatMap(({ pod, error }) => (error ? { pod, error } : [])),
      ...(await failuresIn(status, { root, at, environment, signal })),
      ...{ spent, spentError },
    };
  });
  answer(document, clusterReport(document));
}

/** What pods say, each champion once. */
function servedBy(answered: ClusterStatus['answered']): Served[] {
  const found = new Map<string, Served>();
  for (const { text } of answered)
    for (const one of text === undefined ? [] : parseDescription(text).serving) {
      const key = JSON.stringify(one);
      found.set(key, { ...one, pods: (found.get(key)?.pods ?? 0) + 1 });
    }
  return [...found.values()];
}

interface Place {
  readonly root: string;
  readonly at: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** What failed in the last run that failed. A store that can't be read hides nothing else. */
async function failuresIn(
  { runs }: Pick<ClusterStatus, 'runs'>,
  { root, at, environment, signal }: Place,
): Promise<Pick<ClusterDocument, 'failures' | 'failuresError'>> {
  const failed = runs.find(({ outcome }) => outcome === 'failed');
  if (!failed) return { failures: [] };
  const env = {
    ...commandEnvironment(root, at),
    ...environment.variables,
    FABRICA_ENVIRONMENT: environment.name,
    FABRICA_STORE: environment.store,
  };
  try {
    return { failures: await readRunErrors(at, failed.run, env, signal) };
  } catch (error) {
    signal.throwIfAborted();
    return { failures: [], failuresError: messageOf(error) };
  }
}

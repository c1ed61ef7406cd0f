import { setTimeout as sleep } from 'node:timers/promises';
import { FabricaError } from '../../support/errors';
import type { RunResult } from '../../support/processes';
import type { Environment, Project } from '../../workspace';
import { kubectl, kubectlFailure } from '../kubectl';
import { hasEnded, nodesOf, type Workflow } from './objects';
import { Patience, unpullable } from './pull';

const AGAIN = 2_000;

export interface WatchOptions {
  readonly project: Pick<Project, 'name'>;
  readonly signal: AbortSignal;
  readonly look: (workflow: Workflow) => void;
  readonly say: (text: string) => void;
  /** What to type when somebody has deleted the workflow. */
  readonly hint: string;
}

/**
 * Looks at a workflow whenever it changes, until it has ended. A cluster that doesn't answer for a while is waited for:
 * the run may go on. A workflow whose image can't be pulled is ended: it would wait for ever.
 *
 * @throws FabricaError `gone`, `no-pull`, those of kubectl
 */
export async function watch(environment: Environment, name: string, options: WatchOptions): Promise<void> {
  const { project, signal, look } = options;
  const stop = new AbortController();
  const patience = new Patience({ project, environment, workflow: name, signal });
  const lookOn = (workflow: Workflow): void => {
    look(workflow);
    if (hasEnded(workflow)) return;
    patience.look(unpullable(Object.values(nodesOf(workflow)))).catch((error) => stop.abort(error));
  };
  const both = AbortSignal.any([signal, stop.signal]);
  try {
    await watchOn(environment, name, { ...options, signal: both, look: lookOn });
  } catch (error) {
    throw signal.aborted || !stop.signal.aborted ? error : stop.signal.reason;
  }
}

async function watchOn(environment: Environment, name: string, options: WatchOptions): Promise<void> {
  let isAway = false;
  for (;;) {
    const result = await watchOnce(environment, name, options, () => (isAway = false));
    if (result === 'ended') return;
    if (result === 'gone')
      throw new FabricaError('gone', `somebody has deleted the workflow ${name}`, { hint: options.hint });
    if (result.code !== 0) {
      const failure = kubectlFailure(result, environment);
      if (failure.code !== 'cluster-down') throw failure;
      if (!isAway) options.say(`${failure.message.split('\n')[0]}; waiting`);
      isAway = true;
    }
    await sleep(AGAIN, undefined, { signal: options.signal });
  }
}

async function watchOnce(
  environment: Environment,
  name: string,
  { signal, look }: WatchOptions,
  answered: () => void,
): Promise<'ended' | 'gone' | RunResult> {
  const end = new AbortController();
  let isGone = false;
  const onLine = (line: string, stream: string): void => {
    if (stream !== 'stdout' || end.signal.aborted) return;
    const { type, object } = JSON.parse(line) as { type: string; object: Workflow };
    answered();
    isGone = type === 'DELETED' && !hasEnded(object);
    if (!isGone) look(object);
    if (isGone || hasEnded(object)) end.abort();
  };
  const args = ['get', 'workflows.argoproj.io', name, '--watch', '--output-watch-events', '--output=json'];
  try {
    const result = await kubectl(environment, args, {
      signal: AbortSignal.any([signal, end.signal]),
      onLine,
      keep: false,
    });
    return result.stderr.includes('(NotFound)') ? 'gone' : result;
  } catch (error) {
    signal.throwIfAborted();
    if (end.signal.aborted) return isGone ? 'gone' : 'ended';
    throw error;
  }
}

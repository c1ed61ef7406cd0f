import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../workspace';
import { kubectl, kubectlFailure } from '../kubectl';
import { hasEnded, type Workflow } from './objects';

const AGAIN = 2_000;

export interface WatchOptions {
  readonly signal: AbortSignal;
  readonly look: (workflow: Workflow) => void;
  readonly say: (text: string) => void;
}

/**
 * Looks at a workflow whenever it changes, until it has ended. A cluster that doesn't answer for a while is waited for:
 * the run may go on.
 *
 * @throws FabricaError those of kubectl
 */
export async function watch(environment: Environment, name: string, options: WatchOptions): Promise<void> {
  let isAway = false;
  for (;;) {
    const result = await watchOnce(environment, name, options, () => (isAway = false));
    if (result === 'ended') return;
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
): Promise<'ended' | Awaited<ReturnType<typeof kubectl>>> {
  const end = new AbortController();
  let document: string[] = [];
  const onLine = (line: string, stream: string): void => {
    if (stream !== 'stdout' || end.signal.aborted) return;
    document.push(line);
    // kubectl indents: this ends an object, and nothing else.
    if (line !== '}') return;
    const workflow = JSON.parse(document.join('\n')) as Workflow;
    document = [];
    answered();
    look(workflow);
    if (hasEnded(workflow)) end.abort();
  };
  const args = ['get', 'workflows.argoproj.io', name, '--watch', '--output=json'];
  try {
    return await kubectl(environment, args, {
      signal: AbortSignal.any([signal, end.signal]),
      onLine,
      keep: false,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (end.signal.aborted) return 'ended';
    throw error;
  }
}

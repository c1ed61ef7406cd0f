import { setTimeout as wait } from 'node:timers/promises';
import type { FabricaError } from '../support/errors';
import type { RunResult } from '../support/processes';
import type { Progress } from '../support/progress';
import type { Environment } from '../workspace';
import { kubectl, kubectlFailure } from './kubectl';

/** A project in an environment, and who waits for what is done there. */
export interface Target {
  readonly project: { readonly name: string };
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** For how long a cluster may be silent, in milliseconds; two minutes, since something may have been begun. */
  readonly patience?: number;
}

const PATIENCE = 120_000;
const PAUSE = 1_000;

/**
 * Runs kubectl and answers what it printed. A cluster that is away comes back: we ask again, for two minutes. So what is
 * asked must be fit to be asked twice.
 *
 * @throws FabricaError those of kubectl
 */
export async function ask(target: Target, args: readonly string[], input?: string): Promise<string> {
  return (await askUntil(target, args, { input })).stdout;
}

/** {@link ask} of a command that says something with its exit code, too. */
export async function askUntil(
  target: Target,
  args: readonly string[],
  {
    input,
    isAnswer = ({ code }) => code === 0,
  }: { readonly input?: string; readonly isAnswer?: (result: RunResult) => boolean },
): Promise<RunResult> {
  const { environment, signal, progress, patience = PATIENCE } = target;
  const until = Date.now() + patience;
  let told = false;
  for (;;) {
    const result = await kubectl(environment, ['--request-timeout=30s', ...args], { signal, input });
    if (isAnswer(result)) return result;
    const failure = kubectlFailure(result, environment);
    if (failure.code !== 'cluster-down' || Date.now() > until) throw failure;
    if (!told) progress.say(`the cluster of ${environment.context} does not answer; asking again`);
    told = true;
    await wait(PAUSE, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** {@link ask} for objects as JSON. */
export async function askFor<T>(target: Target, args: readonly string[]): Promise<T> {
  return JSON.parse(await ask(target, ['get', ...args, '--output=json'])) as T;
}

/** Whether a failure of kubectl says that an object is not there. */
export function isMissing(error: FabricaError): boolean {
  return /\(NotFound\)/.test(error.message);
}

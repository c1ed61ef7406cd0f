import { Cancelled } from './errors';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a command's work so that Ctrl-C (and a request to end) aborts its signal first and lets it clean up.
 * A second Ctrl-C doesn't hurry it: children get their own hard end after a while (see `stopTree`).
 *
 * @throws Cancelled when a signal arrived, whatever the work answered.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => controller.abort(new Cancelled(name));
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    const answer = await work(controller.signal);
    if (controller.signal.aborted) throw controller.signal.reason;
    return answer;
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}

/** The exit code that a shell expects of a process which this signal ended. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal as string] ?? 1;
}

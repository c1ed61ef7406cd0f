import { Cancelled } from './errors';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a command's work so that Ctrl-C (and a request to end) aborts its signal first and lets it clean up. So does
 * the end of whoever wanted the answer: Nx was killed, or what read our output went away.
 * A second Ctrl-C doesn't hurry it: children get their own hard end after a while (see `stopTree`).
 *
 * @throws Cancelled when a signal arrived, whatever the work answered.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => controller.abort(new Cancelled(name));
  const onLost = (): void => controller.abort(new Cancelled('SIGTERM'));
  const streams = [process.stdout, process.stderr];
  for (const name of SIGNALS) process.on(name, onSignal);
  for (const stream of streams) {
    // Stays for good: an error comes after the write, and what nobody reads any more must not end us half-way.
    if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
    stream.on('error', onLost);
  }
  // Nx talks to its executors over a channel, which closes with Nx, also when it is killed.
  process.on('disconnect', onLost);
  if (process.connected === false) onLost();
  try {
    const answer = await work(controller.signal);
    if (controller.signal.aborted) throw controller.signal.reason;
    return answer;
  } catch (error) {
    // Work that knows what stays as it was says so.
    throw controller.signal.aborted && !(error instanceof Cancelled) ? controller.signal.reason : error;
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
    for (const stream of streams) stream.off('error', onLost);
    process.off('disconnect', onLost);
  }
}

function ignore(): void {}

/** The exit code that a shell expects of a process which this signal ended. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal as string] ?? 1;
}

import type { ExecutorContext } from '@nx/devkit';
import { listProcesses, stopProcess } from '../../support/processes';
import { runCommand, type CommonOptions } from '../command';

/** Ends what runs for a project: its service, runs and development servers, each with all that it started. */
export default function stop(
  options: CommonOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async ({ root, name, progress, answer }) => {
    const records = listProcesses(root, (record) => record.project === name);
    await progress.quietly(`Stopping ${name}`, () =>
      Promise.all(records.map((record) => stopProcess(root, record, GRACE))),
    );
    const stopped = records.map(({ kind, pid, address }) => ({ kind, pid, address }));
    const lines = stopped.map(
      ({ kind, pid, address }) => `Stopped ${kind} (pid ${pid}${address ? `, ${address}` : ''})`,
    );
    answer({ schema: 1, project: name, stopped }, lines.join('\n') || `Nothing of ${name} is running.`);
  });
}

/** A service may first answer the requests that it has taken: its supervisor gives them 30 s. */
const GRACE = 40_000;

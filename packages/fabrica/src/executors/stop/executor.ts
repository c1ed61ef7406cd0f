import type { ExecutorContext } from '@nx/devkit';
import { listProcesses, stopProcess, type ProcessRecord } from '../../support/processes';
import { runCommand, type Command, type CommonOptions } from '../command';
import { DRAINING, serviceProcess, whileNobodyDeploys } from '../service';

/** Ends what runs for a project: deploys, its service, runs and development servers, each with all that it started. */
export default function stop(
  options: CommonOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const { name, progress, answer } = command;
    const records = await progress.quietly(`Stopping ${name}`, () => stopAll(command));
    const stopped = records.map(({ kind, pid, address }) => ({ kind, pid, address }));
    const lines = stopped.map(
      ({ kind, pid, address }) => `Stopped ${kind} (pid ${pid}${address ? `, ${address}` : ''})`,
    );
    answer({ schema: 1, project: name, stopped }, lines.join('\n') || `Nothing of ${name} is running.`);
  });
}

/** A deploy first: it would start the service after we ended it. It ends as by Ctrl-C. */
async function stopAll(command: Command): Promise<ProcessRecord[]> {
  const { root, name } = command;
  const deploys = await end(command, ({ kind }) => kind === DEPLOY);
  return whileNobodyDeploys(root, name, command, async () => {
    // Notes a service that nobody noted.
    serviceProcess(root, name);
    return [...deploys, ...(await end(command, ({ kind }) => kind !== DEPLOY))];
  });
}

async function end(
  { root, name }: Command,
  matches: (record: ProcessRecord) => boolean,
): Promise<ProcessRecord[]> {
  const records = listProcesses(root, (record) => record.project === name && matches(record));
  await Promise.all(records.map((record) => stopProcess(root, record, DRAINING)));
  return records;
}

const DEPLOY = 'deploy';

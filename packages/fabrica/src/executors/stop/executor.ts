import type { ExecutorContext } from '@nx/devkit';
import { endPods } from '../../develop/cluster/end';
import { linkNote, podRecords, type PodRecord } from '../../develop/cluster/record';
import { composeName } from '../../develop/compose';
import { endContainers } from '../../develop/session';
import { endVm, type VmRecord } from '../../vm/vm';
import { listProcesses, stopProcess, type ProcessRecord } from '../../support/processes';
import { runCommand, type Command, type CommonOptions } from '../command';
import { DRAINING, serviceProcess, whileNobodyDeploys } from '../service';

/**
 * Ends what runs for a project: deploys, its service, runs, development servers, containers and pods, each with all
 * that it started.
 */
export default function stop(
  options: CommonOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const { name, progress, answer } = command;
    const { records, pods, container, vm } = await progress.quietly(`Stopping ${name}`, () =>
      stopAll(command),
    );
    const stopped = records.map(({ kind, pid, address }) => ({ kind, pid, address }));
    const lines = stopped.map(
      ({ kind, pid, address }) => `Stopped ${kind} (pid ${pid}${address ? `, ${address}` : ''})`,
    );
    if (container) lines.push(`Stopped the container that ${name} was developed in (${container})`);
    lines.push(
      ...pods.map((one) => `Removed the pod that ${name} was developed in (${one.name}, ${one.environment})`),
    );
    if (vm) lines.push(`Deleted the virtual machine ${vm.name}`);
    answer(
      {
        ...{ schema: 1, project: name, stopped, container: container ?? null },
        vm: vm ?? null,
        pods: pods.map((one) => ({ environment: one.environment, name: one.name })),
      },
      lines.join('\n') || `Nothing of ${name} is running.`,
    );
  });
}

interface Stopped {
  /** In clusters. */
  readonly pods: readonly PodRecord[];
  readonly records: readonly ProcessRecord[];
  /** Of Google Cloud. */
  readonly vm?: VmRecord;
  /** What Docker calls the container that was there. */
  readonly container?: string;
}

/**
 * A deploy first: it would start the service after we ended it. It ends as by Ctrl-C. Containers and pods last: a
 * session ends its own.
 */
async function stopAll(command: Command): Promise<Stopped> {
  const { root, folder, name } = command;
  const deploys = await end(command, ({ kind }) => kind === DEPLOY);
  return whileNobodyDeploys(root, name, command, async () => {
    // Notes a service that nobody noted.
    serviceProcess(root, name);
    const pods = podRecords(root, name);
    const links = new Set(pods.map(({ environment }) => linkNote({ root, project: name, environment }).id));
    const isOther = ({ kind, id }: ProcessRecord): boolean => kind !== DEPLOY && !links.has(id);
    const records = [...deploys, ...(await end(command, isOther))];
    await endPods(root, name, command.progress);
    const ended = await endContainers(root, { name, folder });
    const vm = await endVm(root, name);
    return { records, pods, ...(vm ? { vm } : {}), ...(ended ? { container: composeName(root, name) } : {}) };
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

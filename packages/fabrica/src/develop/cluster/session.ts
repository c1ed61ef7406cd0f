import { writeFileSync } from 'node:fs';
import { FabricaError } from '../../support/errors';
import { withLock } from '../../support/lock';
import { connect, stopLink, type PodSession } from './connect';
import { demandOf, resourcesFor } from './demand';
import { isReplaced } from './differs';
import { findPod, isReady, untilRuns, type Found } from './find';
import { clusterImage, ensurePushedImage } from './image';
import { bringHome, endPod, marker, othersIn, podLock } from './leave';
import { podName } from './pod';
import { linkProcess, readPodRecord, type PodRecord } from './record';
import { createPod, recordPod, releaseOf, targetOf, type Plan, type PodOptions } from './start';
import { findUnison } from './unison';

/**
 * Starts the pod of a project in a cluster, or joins the one that is there; all files are in it then. Several at once
 * wait for each other.
 *
 * @throws FabricaError `no-unison`, `over-quota`, `in-use`, `pod-failed`, `sync-failed`; those of the image, of kubectl
 */
export async function openPod(options: PodOptions): Promise<PodSession> {
  const { root, project, environment, asked, signal, progress } = options;
  const whose = { root, project: project.name, environment: environment.name };
  await findUnison(signal);
  const demand = demandOf(environment, asked);
  resourcesFor(root, releaseOf(options), demand);
  const name = podName(root, project.name, environment.name);
  const onWait = (): void =>
    progress.say(`Waiting: another command starts or ends the pod of ${project.name} in ${environment.name}`);
  const work = async (): Promise<PodSession> => {
    const plan = { whose, name, demand, image: clusterImage(root, project) };
    const found = await findPod(targetOf(options, signal), name);
    if (found && !(await isReplaced(found.job, plan, options, othersIn(whose))))
      return join(options, plan, found);
    if (found) await replace(options, plan, found);
    return start(options, plan);
  };
  return withLock(root, podLock(whose), work, { signal, onWait });
}

async function replace(options: PodOptions, plan: Plan, found: Found): Promise<void> {
  const { whose, name } = plan;
  await known(options, plan, found);
  if (!(await bringHome(options, whose, found)))
    throw new FabricaError(
      'sync-failed',
      `what the pod of ${whose.project} wrote last can't be brought here`,
      {
        hint: `npx nx run ${whose.project}:stop ends it without; then again`,
      },
    );
  await endPod(options, whose, name);
}

async function start(options: PodOptions, plan: Plan): Promise<PodSession> {
  const { whose, name, image } = plan;
  const { root, project, environment, progress, signal } = options;
  const { registry } = environment;
  const reference = await ensurePushedImage(project, image, { root, registry, progress, signal });
  try {
    const found = await createPod(options, plan, reference);
    const record = await recordPod(options, plan, found);
    writeFileSync(marker(whose), '');
    return await connect(options, record, found, 'started');
  } catch (error) {
    // Nothing is in it that is not here.
    await endPod(options, whose, name);
    throw error;
  }
}

async function join(options: PodOptions, plan: Plan, found: Found): Promise<PodSession> {
  const { name } = plan;
  const { progress, signal } = options;
  const running = isReady(found.pod)
    ? found
    : await progress.quietly('Pod', (work) => untilRuns(targetOf(options, signal), name, work));
  return connect(options, await known(options, plan, running), running, 'joined');
}

/** What is written down of a pod that is there; anew where nothing keeps it, and all that we need, in step. */
async function known(options: PodOptions, plan: Plan, found: Found): Promise<PodRecord> {
  const record = readPodRecord(plan.whose);
  const before = record?.uid === found.job.metadata.uid ? record : undefined;
  const hasAll = options.packages.every((name) => before?.packages.includes(name));
  if (before && hasAll && linkProcess(plan.whose)) return before;
  await stopLink(plan.whose);
  return recordPod(options, plan, found, before);
}

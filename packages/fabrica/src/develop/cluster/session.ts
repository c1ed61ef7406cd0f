import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { FabricaError } from '../../support/errors';
import { withLock } from '../../support/lock';
import { listProcesses, type ProcessRecord } from '../../support/processes';
import { connect, startLink, stopLink, type PodSession } from './connect';
import { demandOf, resourcesFor } from './demand';
import { isReplaced } from './differs';
import { findPod, isReady, removePod, untilRuns, type Found } from './find';
import { clusterImage } from './image';
import { podName } from './pod';
import { forgetPod, linkProcess, podState, readPodRecord, sessionKind, type Whose } from './record';
import { settle, syncNews } from './settle';
import {
  clock,
  createPod,
  lastTarget,
  recordPod,
  releaseOf,
  targetOf,
  type Plan,
  type PodOptions,
} from './start';
import { findUnison } from './unison';

/** What ends with the last session: no such file, and the pod stays until it is stopped, or its time is over. */
export const marker = (whose: Whose): string => podState(whose, 'attached');

/** By which commands that start or end a pod wait for each other. */
export function podLock({ project, environment }: Whose): string {
  return `develop-${project}-${environment}`;
}

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
  if (!readPodRecord(whose)) await recordPod(options, plan, found);
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
  const { whose, name } = plan;
  try {
    const found = await createPod(options, plan);
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
  const { whose, name } = plan;
  const { progress, signal } = options;
  const running = isReady(found.pod)
    ? found
    : await progress.quietly('Pod', (work) => untilRuns(targetOf(options, signal), name, work));
  const known = readPodRecord(whose);
  const isLinked = linkProcess(whose) !== undefined && known?.uid === found.job.metadata.uid;
  if (!isLinked) await stopLink(whose);
  return connect(options, isLinked ? known : await recordPod(options, plan, running), running, 'joined');
}

/** Others who have the pod open. */
export function othersIn({ root, project, environment }: Whose): ProcessRecord[] {
  const kind = sessionKind(environment);
  return listProcesses(
    root,
    (one) => one.project === project && one.kind === kind && one.pid !== process.pid,
  );
}

/** From now on the pod stays when those who use it leave. */
export function keepPod(whose: Whose): void {
  rmSync(marker(whose), { force: true });
}

/**
 * Brings here what the pod wrote last, and ends the pod, unless somebody else uses it or it is meant to stay. It stays,
 * too, while what it wrote can't be brought here.
 */
export async function leavePod(options: PodOptions, { whose, record }: PodSession): Promise<void> {
  const { progress, project, environment, root } = options;
  await withLock(root, podLock(whose), async () => {
    const found = await findPod(lastTarget(options), record.name);
    const isHome = !found || (await bringHome(options, whose, found));
    const stays = !existsSync(marker(whose)) || othersIn(whose).length > 0;
    if (isHome && !stays) await endPod(options, whose, record.name);
    if (isHome) return;
    progress.say(
      `The pod stays until ${clock(new Date(record.until))}: what it wrote last could not be brought here; ` +
        `npx nx develop ${project.name} --environment=${environment.name} joins it, npx nx run ${project.name}:stop ends it`,
    );
    if (!stays) await stopLink(whose);
  });
}

/** Brings here what a pod wrote; answers whether all of it is here now. */
export async function bringHome(
  options: Parameters<typeof targetOf>[0],
  whose: Whose,
  { pod }: Found,
): Promise<boolean> {
  if (!isReady(pod)) return !pod;
  const target = targetOf(options, AbortSignal.timeout(PATIENCE));
  try {
    if (!linkProcess(whose)) await startLink(whose);
    await options.progress.quietly('Files', (work) =>
      settle(whose, pod.metadata.name, 'pod', { target, work }),
    );
    return true;
  } catch (error) {
    if (error instanceof FabricaError || target.signal.aborted) return false;
    throw error;
  } finally {
    for (const line of syncNews(whose)) options.progress.say(line);
  }
}

/** For what somebody waits for who wants to leave, in milliseconds. */
const PATIENCE = 300_000;

/** Removes a pod, with all that runs here for it. */
export async function endPod(
  options: Parameters<typeof targetOf>[0],
  whose: Whose,
  name: string,
): Promise<void> {
  await options.progress.quietly(`Removing the pod of ${whose.project}`, async () => {
    await stopLink(whose);
    await removePod(lastTarget(options), name);
  });
  forgetPod(whose);
}

import { existsSync, rmSync } from 'node:fs';
import { FabricaError } from '../../support/errors';
import { withLock } from '../../support/lock';
import { listProcesses, type ProcessRecord } from '../../support/processes';
import { startLink, stopLink, type PodSession } from './connect';
import { findPod, isReady, removePod, type Found } from './find';
import { forgetPod, linkProcess, podState, sessionKind, type Whose } from './record';
import { settle, syncNews } from './settle';
import { clock, lastTarget, targetOf, type PodOptions } from './start';

/** What ends with the last session: no such file, and the pod stays until it is stopped, or its time is over. */
export const marker = (whose: Whose): string => podState(whose, 'attached');

/** By which commands that start or end a pod wait for each other. */
export function podLock({ project, environment }: Whose): string {
  return `develop-${project}-${environment}`;
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

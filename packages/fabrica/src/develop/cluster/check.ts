import { FabricaError } from '../../support/errors';
import type { PodSession } from './connect';
import { whyEnded, whyRestarted, wayOutOf, type Ended } from './ended';
import { findPod } from './find';
import { lastTarget, type PodOptions } from './start';

/**
 * Looks whether the pod of a session still is what it was.
 *
 * @throws FabricaError `pod-ended`, `container-ended` with why, and what to type
 */
export async function checkPod({ record, pod, restarts }: PodSession, options: PodOptions): Promise<void> {
  const { project, environment } = options;
  const found = await findPod(lastTarget(options), record.name);
  const who = `the pod of ${project.name} in ${environment.name}`;
  const names = { project: project.name, environment: environment.name };
  const hint = (kind: string): string => wayOutOf(kind, names);
  if (found?.job.metadata.uid !== record.uid || !found.pod) {
    const isOver = Date.now() >= Date.parse(record.until) - CLOCKS;
    const why = isOver ? 'its time is over: the cluster has removed it' : 'somebody removed it';
    throw new FabricaError('pod-ended', `${who} has ended: ${why}; your files are on this machine`, {
      hint: `npx nx develop ${project.name} --environment=${environment.name}${isOver ? ', with more --hours' : ''}`,
    });
  }
  const ended: Ended | undefined = whyEnded(found.pod);
  if (ended)
    throw new FabricaError('pod-ended', `${who} has ended: ${ended.message}`, { hint: hint(ended.kind) });
  if (found.pod.metadata.name !== pod)
    throw new FabricaError('pod-ended', `${who} was lost, and there is another one now`, {
      hint: hint('evicted'),
    });
  const again = found.pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
  const why = again > restarts ? whyRestarted(found.pod) : undefined;
  if (why)
    throw new FabricaError(
      'container-ended',
      `${who} was started again: ${why.message}; its files are there`,
      {
        hint: hint(why.kind),
      },
    );
}

/** By how much clocks may differ, in milliseconds. */
const CLOCKS = 60_000;

import { withLock } from '../../support/lock';
import type { Progress } from '../../support/progress';
import { readEnvironment } from '../../workspace';
import { findPod } from './find';
import { podRecords, type PodRecord } from './record';
import { bringHome, endPod, keepPod, podLock } from './leave';
import { clock, lastTarget } from './start';
import { FabricaError } from '../../support/errors';

/**
 * Ends the pods that a project is developed in from here, whoever uses them. What they wrote is brought here first.
 *
 * @throws FabricaError `cluster-down` and the like: then the pod ends when its time is over
 */
export async function endPods(root: string, project: string, progress: Progress): Promise<PodRecord[]> {
  const records = podRecords(root, project);
  for (const record of records) await endOne(root, record, progress);
  return records;
}

async function endOne(root: string, record: PodRecord, progress: Progress): Promise<void> {
  const { project, environment: name, until } = record;
  const whose = { root, project, environment: name };
  const environment = readEnvironment(root, name);
  const options = { environment, project: { name: project }, progress };
  try {
    await withLock(root, podLock(whose), async () => {
      keepPod(whose);
      const found = await findPod(lastTarget(options), record.name);
      if (found && !(await bringHome(options, whose, found)))
        progress.say(`What the pod of ${project} in ${name} wrote last could not be brought here`);
      await endPod(options, whose, record.name);
    });
  } catch (error) {
    if (!(error instanceof FabricaError)) throw error;
    const still = `the pod ${record.name} in ${name} is removed by its cluster at ${clock(new Date(until))}`;
    throw new FabricaError(error.code, `${error.message}\n${still}`, { hint: error.hint, cause: error });
  }
}

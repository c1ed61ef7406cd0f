import { FabricaError } from '../../support/errors';
import { ownerSelector, plainName } from '../owned';
import { LABELS } from '../release';
import { ask, type Target } from '../ask';
import { leaseName } from './lease';
import { nameOf } from './put';
import { owned } from './roll';
import { readRuns, type ClusterRun } from './runs';

/**
 * Takes a project out of a cluster, with the lease held: all that releases put there, their records, and the ended runs
 * that Argo still shows. What is in the store stays. Waits until the pods are gone.
 *
 * @returns what was there: `deployment bikes-service`
 * @throws FabricaError `runs-going`, those of kubectl
 */
export async function undeployProject(target: Target): Promise<string[]> {
  const { project, environment } = target;
  const owner = ownerSelector(project.name, environment.name);
  const runs = await readRuns(target, Infinity);
  const going = runs.filter(({ outcome }) => outcome === 'waiting' || outcome === 'running');
  if (going.length) throw runsGoing(target, going);
  const objects = await owned(target);
  const remove = ['delete', '--ignore-not-found', '--timeout=120s'];
  if (objects.length) await ask(target, [...remove, '--cascade=foreground', ...objects]);
  await ask(target, [...remove, 'workflows.argoproj.io', '-l', owner]);
  await ask(target, [...remove, 'pods', '-l', owner]);
  await ask(target, [...remove, 'configmaps', '-l', `${owner},${LABELS.part}=release`]);
  // The last of it: who waits for the lease makes it anew.
  await ask(target, [...remove, 'leases.coordination.k8s.io', leaseName(project.name)]);
  return objects.map((object) => plainName(object).replace('/', ' '));
}

function runsGoing(target: Target, going: readonly ClusterRun[]): FabricaError {
  const many = going.length === 1 ? 'a run goes' : `${going.length} runs go`;
  const names = going.map(({ run, pipeline }) => `${run} (${pipeline})`).join(', ');
  const [{ run } = { run: 'RUN' }] = going;
  return new FabricaError('runs-going', `${many} on of ${nameOf(target)}: ${names}`, {
    hint: `wait for the end; or npx nx run ${target.project.name}:run --environment=${target.environment.name} --cancel --run=${run}`,
  });
}

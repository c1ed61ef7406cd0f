import { deployRelease, checkCommitted, type Deployed } from '../../cluster/deploys/deploy';
import { withLease } from '../../cluster/deploys/lease';
import { timeoutOf } from '../../cluster/deploys/timeout';
import { checkDriver, readRelease } from '../../cluster/read';
import { ensurePushed } from '../../images/ensure';
import { FabricaError } from '../../support/errors';
import { readEnvironment, readProject, type Environment, type Project } from '../../workspace';
import type { Command } from '../command';
import { clusterSummary } from './cluster-report';
import type { DeployOptions } from './executor';

/** Whether a deploy is for a cluster; what only makes sense on this machine is refused there, and the other way round. */
export function isOfCluster({ environment, image, timeout }: DeployOptions): boolean {
  const isLocal = !environment || environment === 'local';
  const [name] = Object.entries({ image, timeout }).find(([, value]) => value !== undefined) ?? [];
  if (isLocal && name)
    throw new FabricaError('no-environment', `--${name} is for a deploy to a cluster, and none is named`, {
      hint: '--environment=staging',
    });
  return !isLocal;
}

/**
 * Puts a project into a cluster: its image, where the registry doesn't have it, and its objects. It runs no pipeline: the
 * gate of a run decides what is served.
 */
export async function deployToCluster(command: Command, options: DeployOptions): Promise<void> {
  const { root, folder, name, answer } = command;
  const environment = readEnvironment(root, options.environment);
  refuseLocal(options, name, environment.name);
  const timeout = timeoutOf(options.timeout);
  const project = readProject(root, folder);
  await checkCommitted(root, project, environment);
  // Before the image: it takes long, and would be for nothing.
  checkDriver(root, project, environment);
  const { image, built } = await imageOf(command, project, environment, options.image);
  const release = await readRelease({ ...command, environment: environment.name, image });
  const again = `npx nx run ${name}:deploy --environment=${environment.name}`;
  const deployed: Deployed = await withLease({ ...command, project, environment }, (target) =>
    deployRelease(root, target, release, { timeout, again }),
  );
  const document = { schema: 1, project: name, environment: environment.name, built, ...deployed };
  answer(document, clusterSummary(release, deployed, built));
}

async function imageOf(
  command: Command,
  project: Project,
  { registry }: Environment,
  given?: string,
): Promise<{ readonly image: string; readonly built: boolean }> {
  if (given) return { image: given, built: false };
  return command.progress.quietly('Image', async () => {
    const { reference, outcome } = await ensurePushed(project, { ...command, registry });
    return { image: reference, built: outcome === 'built' };
  });
}

function refuseLocal(
  { set, settings, pipeline, port }: DeployOptions,
  project: string,
  environment: string,
): void {
  const given = Object.entries({ set, settings, pipeline, port }).find(([, value]) => value !== undefined);
  if (!given) return;
  const [option] = given;
  throw new FabricaError(
    'only-local',
    `--${option} is for a deploy on this machine: one to ${environment} runs no pipeline`,
    {
      hint:
        option === 'port'
          ? `leave it out: the service is at http://${project}-service in the cluster`
          : `npx nx run ${project}:run --environment=${environment} --${option}=…`,
    },
  );
}

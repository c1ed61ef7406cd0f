import { APPLY, namesIn, ownedArguments, without } from '../owned';
import type { Manifest } from '../release';
import { ask, type Target } from '../ask';
import { ofKind, REVISION } from './objects';
import { inWords, readRunning, untilHealthy, waitsForModel, type Watched } from './watch';

/** What a release replaces. */
export interface Former {
  /** Its manifests, where they are known. */
  readonly manifests?: readonly Manifest[];
  /** What was in the cluster: `deployment.apps/bikes-service`. */
  readonly there: readonly string[];
  /** Where no manifests are known: the revisions of Deployments, by their names. */
  readonly revisions?: Readonly<Record<string, string>>;
}

/** What became of a release. */
export interface Rolled extends Watched {
  readonly outcome: 'healthy' | 'waits for a model' | 'unhealthy';
  readonly removed: readonly string[];
}

/**
 * Puts manifests into the cluster, takes away what they don't hold, and waits until the service and the app are healthy.
 * What served before goes on until then.
 *
 * @param timeout in seconds
 * @throws FabricaError those of kubectl
 */
export async function roll(target: Target, manifests: readonly Manifest[], timeout: number): Promise<Rolled> {
  let removed: string[] = [];
  await target.progress.phase('Apply', async (work) => {
    work.detail(`${manifests.length} objects`);
    await apply(target, manifests);
    removed = await prune(target, manifests);
    const gone = removed.length ? `, ${removed.length} removed` : '';
    return `${manifests.length} objects${gone}`;
  });
  return { ...(await watch(target, timeout)), removed };
}

/** {@link roll} for what is applied already. */
export async function watch(target: Target, timeout: number): Promise<Omit<Rolled, 'removed'>> {
  let watched: Watched = { health: [] };
  const failed = new Error('not healthy'); // so that its line says so
  const rollout = target.progress.phase('Rollout', async (work) => {
    watched = await untilHealthy(target, timeout, work);
    if (waitsForModel(watched)) return 'no model is champion yet';
    if (watched.trouble) throw failed;
    return watched.health.map(inWords).join(', ') || 'nothing to wait for';
  });
  await rollout.catch((error: unknown) => {
    if (error !== failed) throw error;
  });
  const outcome = waitsForModel(watched) ? 'waits for a model' : watched.trouble ? 'unhealthy' : 'healthy';
  return { ...watched, outcome };
}

async function apply(target: Target, manifests: readonly Manifest[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: manifests };
  await ask(target, ['apply', ...APPLY, '-f', '-'], JSON.stringify(list));
}

/** The objects of a project's releases that are in the cluster. */
export async function owned(target: Target): Promise<string[]> {
  const { project, environment } = target;
  return namesIn(await ask(target, ownedArguments(project.name, environment.name)));
}

async function prune(target: Target, manifests: readonly Manifest[]): Promise<string[]> {
  const gone = without(await owned(target), manifests);
  if (gone.length) await ask(target, ['delete', '--ignore-not-found', '--wait=false', ...gone]);
  return gone;
}

/** What was put there by something else than a deploy, such as `kubectl apply`. */
export async function revisionsOf(target: Target): Promise<Record<string, string>> {
  const deployments = ofKind(await readRunning(target), 'Deployment');
  return Object.fromEntries(
    deployments.map(({ metadata }) => [metadata.name, metadata.annotations?.[REVISION] ?? '1']),
  );
}

/**
 * Brings back what a release replaced: its manifests; where nobody wrote them down, the Deployments as they were before,
 * and nothing of what is new. Waits for nothing, since what served before never stopped.
 */
export async function rollBack(target: Target, { manifests, there, revisions = {} }: Former): Promise<void> {
  if (manifests) {
    await apply(target, manifests);
    await prune(target, manifests);
    return;
  }
  const before = new Set(there);
  const added = (await owned(target)).filter((object) => !before.has(object));
  if (added.length) await ask(target, ['delete', '--ignore-not-found', '--wait=false', ...added]);
  for (const [name, revision] of Object.entries(revisions))
    await ask(target, ['rollout', 'undo', `deployment.apps/${name}`, `--to-revision=${revision}`]);
}

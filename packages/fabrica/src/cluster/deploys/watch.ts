import { setTimeout as wait } from 'node:timers/promises';
import { FabricaError } from '../../support/errors';
import type { Work } from '../../support/progress';
import { readable } from '../../support/log-line';
import { kubectl } from '../kubectl';
import { ownerSelector } from '../owned';
import { LABELS } from '../release';
import { askFor, type Target } from '../ask';
import { healthOf, type Health, type Trouble } from './health';
import type { Running } from './objects';

/** How the service and the app of a project do after a while. */
export interface Watched {
  readonly health: readonly Health[];
  /** Why one of them is not healthy. */
  readonly trouble?: Trouble;
  /** The last lines that its container wrote. */
  readonly log?: string;
}

const LOOK = 1_000;
const LINES = 20;

/** The Deployments of a project with their ReplicaSets and pods. */
export async function readRunning(target: Target): Promise<Running[]> {
  const { project, environment } = target;
  const parts = `${LABELS.part} in (service,app)`;
  const selector = `${ownerSelector(project.name, environment.name)},${parts}`;
  const kinds = 'deployments.apps,replicasets.apps,pods';
  return (await askFor<{ items: Running[] }>(target, [kinds, '-l', selector])).items;
}

/**
 * Waits until all Deployments of a project are healthy, or one of them can't become so.
 *
 * @param timeout in seconds
 * @throws FabricaError those of kubectl
 */
export async function untilHealthy(target: Target, timeout: number, work: Work): Promise<Watched> {
  const until = Date.now() + timeout * 1000;
  for (;;) {
    const health = healthOf(await readRunning(target));
    work.detail(health.map(inWords).join(', '));
    const troubles = health.flatMap(({ trouble }) => trouble ?? []);
    const isOver = health.every(({ healthy }) => healthy) || Date.now() > until;
    const trouble = troubles.find(({ final }) => final) ?? (isOver ? troubles[0] : undefined);
    if (trouble) return { health, trouble: late(trouble, timeout), log: await lastLines(target, trouble) };
    if (isOver) return { health };
    await wait(LOOK, undefined, { signal: target.signal }).catch(() => target.signal.throwIfAborted());
  }
}

/** `bikes-service 1 of 2 ready` */
export function inWords({ name, available, wanted, healthy }: Health): string {
  return healthy ? `${name} ${wanted} of ${wanted} ready` : `${name} ${available} of ${wanted} ready`;
}

function late(trouble: Trouble, timeout: number): Trouble {
  return trouble.final ? trouble : { ...trouble, message: `after ${timeout} s ${trouble.message}` };
}

async function lastLines({ environment, signal }: Target, trouble: Trouble): Promise<string | undefined> {
  const { pod, container, kind } = trouble;
  if (!pod || !container || !['crash', 'unready'].includes(kind)) return undefined;
  const args = ['logs', pod, '--container', container, `--tail=${LINES}`];
  const ended = await kubectl(environment, [...args, '--previous'], { signal });
  const { stdout } = ended.code === 0 && ended.stdout ? ended : await kubectl(environment, args, { signal });
  return stdout.trimEnd().split('\n').map(readable).join('\n') || undefined;
}

/** What is wrong with no model yet is no fault of the release: it serves once a run promotes one. */
export function waitsForModel({ trouble, log }: Watched): boolean {
  return trouble?.kind === 'crash' && /no version of .+ (has been promoted|is champion)/.test(log ?? '');
}

/** The error for a release that did not become healthy. */
export function unhealthy(
  { project, environment }: Target,
  { trouble, log }: Watched,
  { what, now, again }: { readonly what: string; readonly now: string; readonly again: string },
): FabricaError {
  const { deployment, pod, message = 'nothing of it is there' } = trouble ?? {};
  const who = `${pod ? `pod ${pod}` : deployment}: ${message}`;
  const said = log ? `\n${log.replace(/^/gm, '  ')}` : '';
  return new FabricaError('unhealthy', `${what} did not become healthy: ${who}${said}\n${now}`, {
    hint: wayOut(trouble, { project: project.name, environment, again }),
  });
}

function wayOut(
  trouble: Trouble | undefined,
  { project, environment, again }: { project: string; environment: Target['environment']; again: string },
): string {
  const file = `environments/${environment.name}.yaml`;
  const commands: Record<Trouble['kind'], string> = {
    image: `npx nx run ${project}:image --push --registry=${environment.registry}, then ${again}; a registry that wants a password: pullSecrets in ${file}`,
    container: `kubectl --context ${environment.context} -n ${environment.namespace} get secrets shows which are there; then ${again}`,
    pods: `kubectl --context ${environment.context} -n ${environment.namespace} get events shows more; ask who keeps the cluster`,
    room: `ask for less cpu or memory in fabrica.yaml, under service; then ${again}; or ask who keeps the cluster`,
    crash: `correct it and commit, then ${again}`,
    unready: `correct it and commit, then ${again}; one that needs longer: --timeout=10m`,
  };
  return commands[trouble?.kind ?? 'crash'];
}

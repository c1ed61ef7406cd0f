import { checkManifest } from '../../cluster/check';
import { ask, type Target } from '../../cluster/ask';
import { toYaml } from '../../cluster/emit';
import { APPLY } from '../../cluster/owned';
import { kubectl } from '../../cluster/kubectl';
import type { Release } from '../../cluster/release';
import { ensureAccess } from '../../cluster/runs/submit';
import { IMAGE_PORT } from '../../layout/dockerfile';
import { freePort } from '../../support/ports';
import type { Environment } from '../../workspace';
import { portsInside, type Port } from '../compose';
import { LAB_PORT } from '../dockerfile';
import type { DevelopImage } from '../image';
import type { SessionOptions } from '../session';
import { costInWords, demandInWords, resourcesFor, type Asked, type Demand } from './demand';
import { endOf, removeEnded, untilRuns, type Found } from './find';
import { CONTAINER, developJob, TOKEN } from './pod';
import { probeFolder, writePodRecord, type PodRecord, type Whose } from './record';

export interface PodOptions extends SessionOptions {
  readonly environment: Environment;
  readonly asked: Asked;
}

/** A pod that is to be. */
export interface Plan {
  readonly whose: Whose;
  readonly name: string;
  readonly image: DevelopImage;
  readonly demand: Demand;
}

/** Who works with a cluster for these options. */
export function targetOf(
  { project, environment, progress }: Pick<PodOptions, 'environment' | 'progress'> & Pick<Target, 'project'>,
  signal: AbortSignal,
): Target {
  return { project, environment, progress, signal };
}

/** For what must be done also when somebody pressed Ctrl-C. */
export function lastTarget(options: Parameters<typeof targetOf>[0]): Target {
  return targetOf(options, AbortSignal.timeout(LAST));
}

const LAST = 90_000;

/** As compiled: nothing of it runs but the pod. */
export function releaseOf({ project, environment }: PodOptions, image = ''): Release {
  return { project, environment, image, commit: null, plans: [] };
}

/**
 * Makes the pod of an image.
 *
 * @throws FabricaError `pod-failed`, `no-secret`, those of kubectl
 */
export async function createPod(options: PodOptions, plan: Plan, reference: string): Promise<Found> {
  const { root, environment, progress, signal } = options;
  const { name, image, demand, whose } = plan;
  const release = releaseOf(options, reference);
  await ensureAccess(release, signal);
  const job = developJob({
    ...{ release, name, demand, tag: image.tag, lab: image.lab, packages: options.packages },
    resources: resourcesFor(root, release, demand),
    probes: probeFolder(whose),
  });
  checkManifest(job);
  const target = targetOf(options, signal);
  await removeEnded(target, name);
  await ask(target, ['apply', ...APPLY, '--filename=-'], toYaml([job]));
  let started: Found | undefined;
  await progress.phase('Pod', async (work) => {
    started = await untilRuns(target, name, work);
    const cost = costInWords(environment, demand);
    const facts = [name, demandInWords(demand), `until ${clock(endOf(started.job))}`];
    return [facts.join(', '), ...(cost ? [cost] : [])].join('; ');
  });
  return started as unknown as Found;
}

/** `18:05`, with the day when it is another one. */
export function clock(time: Date, now = new Date()): string {
  const isToday = time.toDateString() === now.toDateString();
  const day = isToday ? '' : `${time.toLocaleDateString('en', { weekday: 'short' })} `;
  return `${day}${time.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })}`;
}

/**
 * Writes down what the processes of this machine must know of a pod, with ports that are free here.
 *
 * @param before what was written down of it
 */
export async function recordPod(
  options: PodOptions,
  plan: Plan,
  { job }: Found,
  before?: PodRecord,
): Promise<PodRecord> {
  const { project } = options;
  const packages = [...new Set([...(before?.packages ?? []), ...options.packages])];
  const { image, whose, name } = plan;
  const ports: Port[] = [];
  for (const inside of portsInside(image.lab, project.service || project.app, IMAGE_PORT))
    ports.push({ inside, outside: await freePort(wished(options, inside, before)) });
  const record: PodRecord = {
    ...{
      schema: 1,
      project: project.name,
      folder: project.folder,
      environment: whose.environment,
      name,
      ports,
    },
    ...{ uid: job.metadata.uid, until: endOf(job).toISOString(), lab: image.lab },
    folders: [
      ...new Set([
        project.folder,
        ...image.layers.map(({ folder }) => folder),
        ...packages.map((one) => `packages/${one}`),
      ]),
    ],
    packages,
  };
  writePodRecord(whose, record);
  return record;
}

function wished({ port }: PodOptions, inside: number, before?: PodRecord): number {
  const usual = before?.ports.find((one) => one.inside === inside)?.outside ?? inside;
  return inside === LAB_PORT && port !== undefined ? port : usual;
}

/** What JupyterLab in a pod wants to hear. */
export async function tokenOf({ environment, signal }: Target, pod: string): Promise<string> {
  const args = ['exec', pod, '--container', CONTAINER, '--', 'cat', TOKEN];
  return (await kubectl(environment, args, { signal })).stdout.trim();
}

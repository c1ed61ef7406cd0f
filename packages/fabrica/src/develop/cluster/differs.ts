import { memoryQuantity } from '../../cluster/quantities';
import { FabricaError } from '../../support/errors';
import type { ProcessRecord } from '../../support/processes';
import { confirm, isInteractive } from '../../support/terminal';
import type { Job } from './find';
import { IMAGE_ANNOTATION } from './pod';
import type { Plan, PodOptions } from './start';

/** A pod that was made from something else than what is there now goes on, unless a person wants another. */
export async function isReplaced(
  job: Job,
  plan: Plan,
  options: PodOptions,
  using: readonly ProcessRecord[],
): Promise<boolean> {
  const { project, environment, fresh, progress, signal } = options;
  const again = `npx nx develop ${project.name} --environment=${environment.name} --fresh`;
  if (fresh && using.length)
    throw new FabricaError(
      'in-use',
      `another session has the pod of ${project.name} open (pid ${using.map(({ pid }) => pid).join(', ')})`,
      { hint: `leave it there; or npx nx run ${project.name}:stop, then again` },
    );
  const differences = differencesOf(job, plan, options);
  if (fresh || !differences.length) return fresh;
  const what = `The pod of ${project.name} ${differences.join(', and ')}`;
  if (!using.length && isInteractive() && (await confirm(`${what}. Make it anew?`, signal))) return true;
  progress.say(`${what}; to make it anew: ${again}`);
  return false;
}

/** In what a pod differs from what is asked for, in words that go on after its name. */
export function differencesOf(
  job: Job,
  { image, demand }: Plan,
  { asked }: Pick<PodOptions, 'asked'>,
): string[] {
  const { activeDeadlineSeconds, template } = job.spec;
  const { requests = {}, limits = {} } = template.spec.containers[0]?.resources ?? {};
  const gpus = Object.entries(limits).find(([name]) => name !== 'memory')?.[1] ?? 0;
  const has = [
    ['cpu', requests.cpu, demand.cpu],
    ['memory', limits.memory && memoryQuantity(limits.memory), demand.memory],
    ['gpu', String(gpus), String(demand.gpu)],
    ['hours', String(activeDeadlineSeconds / 3600), String(demand.hours)],
  ] as const;
  const isOld = job.metadata.annotations?.[IMAGE_ANNOTATION] !== image.tag;
  return [
    ...(isOld ? ['is older than its lock or Dockerfile'] : []),
    ...has
      .filter(([name, is, wanted]) => asked[name] !== undefined && is !== wanted)
      .map(([name, is, wanted]) => `has --${name}=${is}, not ${wanted}`),
  ];
}

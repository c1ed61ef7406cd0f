import { setTimeout as wait } from 'node:timers/promises';
import { ask, askFor, type Target } from '../../cluster/ask';
import { troubleOfPod } from '../../cluster/deploys/health';
import type { Condition, Pod } from '../../cluster/deploys/objects';
import { kubectl } from '../../cluster/kubectl';
import type { Manifest } from '../../cluster/release';
import { FabricaError } from '../../support/errors';
import type { Work } from '../../support/progress';
import { whyEnded, wayOutOf } from './ended';
import { NAME_LABEL } from './pod';

/** The job of a pod, as the cluster has it. */
export interface Job extends Manifest {
  readonly kind: 'Job';
  readonly metadata: Manifest['metadata'] & {
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly activeDeadlineSeconds: number;
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly image: string;
          readonly resources: Readonly<
            Partial<Record<'requests' | 'limits', Readonly<Record<string, string>>>>
          >;
        }[];
      };
    };
  };
  readonly status?: { readonly startTime?: string; readonly conditions?: readonly Condition[] };
}

/** A job, and its pod when there is one. */
export interface Found {
  readonly job: Job;
  readonly pod?: Pod;
}

/** What the cluster has under a name; undefined when nothing, or when it is on its way out. */
export async function findPod(target: Target, name: string): Promise<Found | undefined> {
  const selector = ['--selector', `${NAME_LABEL}=${name}`];
  const { items } = await askFor<{ items: (Job | Pod)[] }>(target, ['jobs.batch,pods', ...selector]);
  return foundIn(items);
}

/** The job that has not ended, with its newest pod. */
export function foundIn(items: readonly (Job | Pod)[]): Found | undefined {
  const job = items.find((one): one is Job => one.kind === 'Job');
  if (!job || job.metadata.deletionTimestamp || hasEnded(job)) return undefined;
  const born = ({ metadata }: Pod): string => metadata.creationTimestamp ?? '';
  const pods = items.filter((one): one is Pod => one.kind === 'Pod' && !one.metadata.deletionTimestamp);
  return { job, pod: pods.sort((a, b) => born(b).localeCompare(born(a)))[0] };
}

function hasEnded({ status }: Job): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status: is }) => ['Complete', 'Failed', 'FailureTarget'].includes(type) && is === 'True',
  );
}

/** When the cluster removes it. */
export function endOf({ metadata, spec, status }: Job): Date {
  const began = Date.parse(status?.startTime ?? metadata.creationTimestamp);
  return new Date(began + spec.activeDeadlineSeconds * 1000);
}

export function isReady(pod: Pod | undefined): pod is Pod {
  return pod?.status?.phase === 'Running' && pod.status.containerStatuses?.[0]?.ready === true;
}

const LOOK = 500;
/** A cluster that gets itself another node needs minutes for it. */
const ROOM = 600_000;
/** After this the cluster has said why it makes no pod. */
const NO_POD = 5_000;

/**
 * Waits until the pod of a job runs.
 *
 * @throws FabricaError `pod-failed` when it can't, with what to do
 */
export async function untilRuns(target: Target, name: string, work: Work): Promise<Found & { pod: Pod }> {
  const began = Date.now();
  for (;;) {
    const found = await findPod(target, name);
    if (!found) throw failure(target, 'room', 'somebody removed it while it was to start');
    const { pod } = found;
    if (isReady(pod)) return { ...found, pod };
    const waited = Date.now() - began;
    if (!pod && waited > NO_POD) await checkRefused(target, name);
    if (pod) look(target, pod, waited, work);
    await wait(LOOK, undefined, { signal: target.signal }).catch(() => target.signal.throwIfAborted());
  }
}

function look(target: Target, pod: Pod, waited: number, work: Work): void {
  const ended = whyEnded(pod);
  if (ended) throw failure(target, ended.kind, ended.message);
  const { kind, message, final } = troubleOfPod(pod.metadata.name, pod);
  const isLate = kind === 'room' && waited > ROOM;
  if (final || isLate) throw failure(target, kind, message);
  work.detail(kind === 'unready' ? 'starting' : message);
}

/** A namespace has limits of its own, which no pod says anything about. */
async function checkRefused(target: Target, name: string): Promise<void> {
  const which = `involvedObject.kind=Job,involvedObject.name=${name},reason=FailedCreate`;
  const { items } = await askFor<{ items: { message?: string }[] }>(target, [
    'events',
    `--field-selector=${which}`,
  ]);
  const message = items.at(-1)?.message;
  if (message) throw failure(target, 'pods', `the cluster makes no pod of it: ${message}`);
}

function failure({ project, environment }: Target, kind: string, message: string): FabricaError {
  return new FabricaError(
    'pod-failed',
    `the pod of ${project.name} in ${environment.name} can't run: ${message}`,
    {
      hint: wayOutOf(kind, { project: project.name, environment: environment.name }),
    },
  );
}

/**
 * Removes what has ended under a name, which the cluster keeps for a minute: nothing can begin in its place.
 *
 * @throws FabricaError those of kubectl
 */
export async function removeEnded(target: Target, name: string): Promise<void> {
  const { items } = await askFor<{ items: Job[] }>(target, [
    'jobs.batch',
    '--selector',
    `${NAME_LABEL}=${name}`,
  ]);
  if (items.some((job) => job.metadata.deletionTimestamp || hasEnded(job))) await removePod(target, name);
}

/**
 * Removes a job and its pod, and waits until both are gone.
 *
 * @throws FabricaError those of kubectl
 */
export async function removePod(target: Target, name: string): Promise<void> {
  const how = ['--cascade=foreground', '--ignore-not-found', '--wait=true', '--timeout=60s'];
  // kubectl's own limit for a request would end its wait.
  const result = await kubectl(target.environment, ['delete', 'jobs.batch', name, ...how], {
    signal: target.signal,
  });
  if (result.code !== 0)
    await ask(target, ['delete', 'jobs.batch', name, '--ignore-not-found', '--wait=false']);
}

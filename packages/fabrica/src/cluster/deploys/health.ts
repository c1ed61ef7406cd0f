import type { Condition, Deployment, Pod, ReplicaSet, Running } from './objects';
import { ofKind, REVISION } from './objects';

/** Why a Deployment does not become healthy. */
export interface Trouble {
  readonly kind: 'image' | 'crash' | 'container' | 'pods' | 'room' | 'unready';
  readonly deployment: string;
  readonly pod?: string;
  readonly container?: string;
  /** What is the matter, in words that go on after a name. */
  readonly message: string;
  /** Whether waiting longer would be for nothing. */
  readonly final: boolean;
}

/** How a Deployment does. */
export interface Health {
  readonly name: string;
  readonly image: string;
  readonly wanted: number;
  /** Replicas of this release that can be asked. */
  readonly available: number;
  readonly healthy: boolean;
  /** The worst that is known; a healthy one has none. */
  readonly trouble?: Trouble;
}

/** How the Deployments among some objects do, from their ReplicaSets and pods. */
export function healthOf(objects: readonly Running[]): Health[] {
  return ofKind(objects, 'Deployment').map((deployment) => {
    const { metadata, spec, status = {} } = deployment;
    const wanted = spec.replicas ?? 1;
    const isSeen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 1);
    const pods = podsOf(deployment, objects);
    const isWhole = (status.updatedReplicas ?? 0) === wanted && (status.replicas ?? 0) === wanted;
    const healthy = isSeen && isWhole && (status.availableReplicas ?? 0) >= wanted;
    return {
      name: metadata.name,
      image: spec.template.spec.containers[0]?.image ?? '',
      wanted,
      available: isSeen ? pods.filter(isReady).length : 0,
      healthy,
      ...(healthy || !isSeen ? {} : { trouble: troubleOf(deployment, pods) }),
    };
  });
}

/** The pods of what a Deployment wants now, not those of a release before. */
function podsOf({ metadata }: Deployment, objects: readonly Running[]): Pod[] {
  const isOwn = (one: ReplicaSet | Pod, owner: string): boolean =>
    one.metadata.ownerReferences?.some(({ name }) => name === owner) ?? false;
  const set = ofKind(objects, 'ReplicaSet').find(
    (one) =>
      isOwn(one, metadata.name) && one.metadata.annotations?.[REVISION] === metadata.annotations?.[REVISION],
  );
  if (!set) return [];
  return ofKind(objects, 'Pod').filter(
    (pod) => isOwn(pod, set.metadata.name) && !pod.metadata.deletionTimestamp,
  );
}

function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

function isReady({ status }: Pod): boolean {
  return conditionOf(status?.conditions, 'Ready')?.status === 'True';
}

function troubleOf(deployment: Deployment, pods: readonly Pod[]): Trouble | undefined {
  const name = deployment.metadata.name;
  const refused = conditionOf(deployment.status?.conditions, 'ReplicaFailure');
  const found = pods.filter((pod) => !isReady(pod)).map((pod) => troubleOfPod(name, pod));
  if (refused?.status === 'True')
    found.push({
      kind: 'pods',
      deployment: name,
      message: `the cluster makes no pod of it: ${refused.message ?? refused.reason}`,
      final: true,
    });
  return found.find((trouble) => trouble.final) ?? found[0];
}

const PULLING = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'];
const BROKEN = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'];
/** A container that ended so often at its start goes on to: the first time the store may have been away. */
const CRASHES = 2;

/** Why a pod that is not ready isn't. */
export function troubleOfPod(deployment: string, { metadata, status }: Pod): Trouble {
  const [container] = status?.containerStatuses ?? [];
  const where = { deployment, pod: metadata.name, container: container?.name };
  const { reason = '', message = '' } = container?.state?.waiting ?? {};
  const placed = conditionOf(status?.conditions, 'PodScheduled');
  if (placed?.status === 'False')
    return { ...where, kind: 'room', message: `no node takes it: ${placed.message ?? ''}`, final: false };
  if (PULLING.includes(reason))
    return {
      ...where,
      kind: 'image',
      message: `its image can't be pulled${message && `: ${message}`}`,
      final: reason !== 'ErrImagePull',
    };
  if (BROKEN.includes(reason))
    return { ...where, kind: 'container', message: `its container can't be made: ${message}`, final: true };
  if (reason === 'CrashLoopBackOff' || (container?.restartCount ?? 0) >= CRASHES)
    return { ...where, kind: 'crash', message: endOf(container?.lastState?.terminated), final: true };
  return { ...where, kind: 'unready', message: 'it runs, and is not ready to be asked', final: false };
}

function endOf(ended: { readonly exitCode: number; readonly reason?: string } | undefined): string {
  if (ended?.reason === 'OOMKilled') return 'it takes more memory than it may have, and is killed for that';
  return `it ends again and again${ended ? ` (exit code ${ended.exitCode})` : ''}`;
}

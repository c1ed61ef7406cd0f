/** The objects of Kubernetes, as far as they tell how a Deployment does. */

/** Where a Deployment, and each of its ReplicaSets, says which of its revisions it is. */
export const REVISION = 'deployment.kubernetes.io/revision';

interface Metadata {
  readonly name: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface Deployment {
  readonly kind: 'Deployment';
  readonly metadata: Metadata;
  readonly spec: {
    readonly replicas?: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface ReplicaSet {
  readonly kind: 'ReplicaSet';
  readonly metadata: Metadata;
}

interface Terminated {
  readonly exitCode: number;
  readonly reason?: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: Terminated;
  };
  readonly lastState?: { readonly terminated?: Terminated };
}

export interface Pod {
  readonly kind: 'Pod';
  readonly metadata: Metadata;
  readonly status?: {
    readonly phase?: string;
    /** Why it failed: `Evicted`. */
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export type Running = Deployment | ReplicaSet | Pod;

/** Objects of one kind. */
export function ofKind<K extends Running['kind']>(
  objects: readonly Running[],
  kind: K,
): Extract<Running, { kind: K }>[] {
  return objects.filter((one): one is Extract<Running, { kind: K }> => one.kind === kind);
}

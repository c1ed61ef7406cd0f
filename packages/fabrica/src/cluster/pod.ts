import { FabricaError, type Place } from '../support/errors';
import { environmentFile, type Placement } from '../workspace';
import { bytes, cpuQuantity, cpus, memoryQuantity } from './quantities';
import type { Release } from './release';

/** The user that images of projects run as. */
const USER = 10_001;

/** What Kubernetes calls a restricted pod; a workflow's own pods have the same. */
export const POD_SECURITY = {
  fsGroup: USER,
  runAsGroup: USER,
  runAsNonRoot: true,
  runAsUser: USER,
  seccompProfile: { type: 'RuntimeDefault' },
};

export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
};

/** The only place that code can write to, gone with the pod. */
export const VOLUMES = [{ name: 'tmp', emptyDir: {} }];
export const VOLUME_MOUNTS = [{ name: 'tmp', mountPath: '/tmp' }];

/** A variable of a container. */
export type Variable =
  { readonly name: string; readonly value: string } | { readonly name: string; readonly valueFrom: object };

/** The variables that every container of a release has: where it runs, the store, and the secrets that are for all. */
export function variablesOf({ environment, image, commit }: Release): Variable[] {
  const { name, store, warehouse, variables, secrets } = environment;
  const own = {
    FABRICA_ENVIRONMENT: name,
    FABRICA_IMAGE: image,
    ...(commit === null ? {} : { FABRICA_COMMIT: commit }),
    FABRICA_STORE: store,
    ...(warehouse === undefined ? {} : { FABRICA_WAREHOUSE: warehouse }),
  };
  const everywhere = Object.entries(secrets)
    .filter(([, { all }]) => all)
    .map(([variable, secret]) => reference(variable, secret));
  const plain = Object.entries({ ...variables, ...own }).map(([variable, value]) => ({
    name: variable,
    // Kubernetes would take $(NAME) for another variable.
    value: value.replaceAll('$(', () => '$$('),
  }));
  const secret = new Set(everywhere.map((variable) => variable.name));
  return sorted([...plain.filter((variable) => !secret.has(variable.name)), ...everywhere]);
}

/**
 * Variables for secrets that a part of a project asks for: references, never values.
 *
 * @throws FabricaError `no-secret` for one that the environment doesn't know
 */
export function secretVariables(
  { environment }: Release,
  names: readonly string[],
  who: string,
  place: Place,
): Variable[] {
  const file = environmentFile(environment.name);
  return sorted(
    names.flatMap((name) => {
      const secret = environment.secrets[name];
      if (secret) return secret.all ? [] : [reference(name, secret)];
      throw new FabricaError(
        'no-secret',
        `${who} wants the secret ${name}, and ${file} doesn't say where it is`,
        { place, hint: `in ${file}: secrets: { ${name}: { secret: NAME, key: KEY } }` },
      );
    }),
  );
}

function reference(name: string, { secret, key }: { secret: string; key: string }): Variable {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

function sorted(variables: readonly Variable[]): Variable[] {
  return [...variables].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a container asks for. */
export interface Wanted {
  readonly cpu?: number | string | null;
  readonly memory?: string | null;
  readonly gpu?: number | null;
}

/**
 * The resources of a container. Memory is limited to what is asked for, since it can't be taken back; processors that
 * are idle may be used.
 *
 * @throws FabricaError `over-quota`
 */
export function resourcesOf({ environment }: Release, wanted: Wanted, who: string, place?: Place) {
  const { defaults, quotas, gpu: kind, name } = environment;
  const { gpu } = wanted;
  const cpu = wanted.cpu ?? defaults.cpu;
  const memory = wanted.memory ?? defaults.memory;
  const over = [
    quotas.cpu !== undefined && cpus(cpu) > cpus(quotas.cpu) && `${cpuQuantity(cpu)} CPUs`,
    quotas.memory !== undefined && bytes(memory) > bytes(quotas.memory) && `${memory} of memory`,
    quotas.gpu !== undefined && (gpu ?? 0) > quotas.gpu && `${gpu} GPUs`,
  ].find(Boolean);
  if (over)
    throw new FabricaError('over-quota', `${who} asks for ${over}, more than one pod may have in ${name}`, {
      place,
      hint: `ask for less in fabrica.yaml, under environments.${name}; or raise quotas in ${environmentFile(name)}`,
    });
  const gpus = gpu ? { [kind.resource]: gpu } : {};
  return {
    limits: { memory: memoryQuantity(memory), ...gpus },
    requests: { cpu: cpuQuantity(cpu), memory: memoryQuantity(memory), ...gpus },
  };
}

/** Tells a pod what it has for itself: an entry point writes down how long it had that. */
export function reservedVariable(
  { environment }: Release,
  { requests }: ReturnType<typeof resourcesOf>,
): Variable {
  const { cpu, memory } = requests;
  const gpus = Number((requests as Record<string, unknown>)[environment.gpu.resource] ?? 0);
  const reserved = { cpu: cpus(cpu), memoryBytes: bytes(memory), gpus };
  return { name: 'FABRICA_RESERVED', value: JSON.stringify(reserved) };
}

/** On which nodes a pod runs: what the environment says of all pods, of those with a GPU, and the project of this one. */
export function placementOf({ environment }: Release, own: Placement = {}, gpu?: number | null): Placement {
  const layers = [environment.defaults, ...(gpu ? [environment.gpu] : []), own];
  const nodeSelector = Object.assign({}, ...layers.map((layer) => layer.nodeSelector));
  const tolerations = layers.flatMap((layer) => layer.tolerations ?? []);
  return {
    ...(Object.keys(nodeSelector).length ? { nodeSelector } : {}),
    ...(tolerations.length ? { tolerations } : {}),
  };
}

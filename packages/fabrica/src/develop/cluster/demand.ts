import type { z } from 'zod';
import { resourcesOf } from '../../cluster/pod';
import { bytes, cpuQuantity, cpus, memoryQuantity } from '../../cluster/quantities';
import type { Release } from '../../cluster/release';
import { FabricaError } from '../../support/errors';
import { environmentFile, type Environment } from '../../workspace';
import { placeInEnvironment } from '../../workspace/places';
import { count, cpu, memory } from '../../workspace/resources-schema';

/** What a person asks for a pod to work in, as typed. */
export interface Asked {
  readonly cpu?: number | string;
  readonly memory?: string;
  readonly gpu?: number;
  readonly hours?: number;
}

/** What the pod gets. */
export interface Demand {
  readonly cpu: string;
  readonly memory: string;
  readonly gpu: number;
  /** After these the cluster removes it. */
  readonly hours: number;
}

/** A working day; and a week, which no forgotten pod should outlive. */
const HOURS = { usual: 8, most: 168 };

/**
 * Reads what was asked for; the environment's defaults are for the rest.
 *
 * @throws FabricaError `bad-option`
 */
export function demandOf({ defaults }: Environment, asked: Asked): Demand {
  check('cpu', cpu, asked.cpu);
  check('memory', memory, asked.memory);
  check('gpu', count, asked.gpu);
  const { hours = HOURS.usual } = asked;
  if (!(hours > 0 && hours <= HOURS.most))
    throw new FabricaError('bad-option', `--hours=${hours} must be more than 0, and ${HOURS.most} at most`, {
      hint: `--hours=${HOURS.usual}; when they are over, npx nx develop again starts another pod`,
    });
  return {
    cpu: cpuQuantity(asked.cpu ?? defaults.cpu),
    memory: memoryQuantity(asked.memory ?? defaults.memory),
    gpu: asked.gpu ?? 0,
    hours,
  };
}

function check(name: string, schema: z.ZodType, value: unknown): void {
  if (value === undefined) return;
  const { error } = schema.safeParse(value);
  if (error) throw new FabricaError('bad-option', `--${name}=${String(value)} ${error.issues[0]?.message}`);
}

/**
 * The resources of the container.
 *
 * @throws FabricaError `over-quota` with the line of the environment's quotas
 */
export function resourcesFor(root: string, release: Release, demand: Demand): object {
  const { environment, project } = release;
  try {
    return resourcesOf(release, demand, `the pod to develop ${project.name} in`);
  } catch (error) {
    if (!(error instanceof FabricaError)) throw error;
    throw new FabricaError(error.code, error.message, {
      place: placeInEnvironment(root, environment.name, 'quotas'),
      hint: `ask for less: --cpu, --memory, --gpu; or raise quotas in ${environmentFile(environment.name)}`,
      cause: error,
    });
  }
}

/** `8 CPUs, 32Gi, 1 GPU` */
export function demandInWords({ cpu: amount, memory: size, gpu }: Demand): string {
  const number = cpus(amount);
  const gpus = gpu ? [`${gpu} GPU${gpu === 1 ? '' : 's'}`] : [];
  return [`${number} CPU${number === 1 ? '' : 's'}`, size, ...gpus].join(', ');
}

/** What the pod costs, when the environment knows prices: `0.57 EUR an hour, 4.56 EUR in 8 hours`. */
export function costInWords({ prices }: Environment, demand: Demand): string | undefined {
  if (!prices) return undefined;
  const { currency, cpuHour = 0, memoryGiBHour = 0, gpuHour } = prices;
  const hour =
    cpus(demand.cpu) * cpuHour +
    (bytes(demand.memory) / 2 ** 30) * memoryGiBHour +
    demand.gpu * (gpuHour ?? 0);
  const money = (amount: number): string => `${amount.toFixed(2)} ${currency}`;
  const total = `${money(hour)} an hour, ${money(hour * demand.hours)} in ${hoursInWords(demand.hours)}`;
  return demand.gpu && gpuHour === undefined ? `${total}; what its GPU costs is not known (gpuHour)` : total;
}

/** `8 hours` */
export function hoursInWords(hours: number): string {
  return `${hours} hour${hours === 1 ? '' : 's'}`;
}

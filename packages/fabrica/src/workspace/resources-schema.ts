import { z } from 'zod';

const DURATION = /^\d+(\.\d+)?[smhd]$/;
const MEMORY = /^\d+(\.\d+)?([KMGT]i?)?$/;
const CPU = /^\d+(\.\d+)?m?$/;
const LABEL = /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_KEY =
  /^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;

const CPUS = 'must be a number of CPUs, such as 2 or "500m"';
const TIME = 'must be a time, such as "30m", "2h" or a number of seconds';

/** What the schemas of fabrica.yaml and of environments have in common. */
export const count = z
  .int({ error: 'must be a whole number, 0 or more' })
  .min(0, 'must be a whole number, 0 or more');

export const positive = z
  .int({ error: 'must be a whole number, 1 or more' })
  .min(1, 'must be a whole number, 1 or more');

export const cpu = z.union([z.number().positive(), z.string().regex(CPU, CPUS)], { error: CPUS });

export const memory = z
  .string()
  .regex(MEMORY, 'must be an amount of memory, such as "512Mi" or "2Gi"')
  .describe('Memory of the container: "512Mi", "2Gi".');

export const duration = z
  .union([z.number().positive(), z.string().regex(DURATION, TIME)], { error: TIME })
  .describe('"30m", "2h", "90s", or seconds.');

const toleration = z.strictObject({
  key: z.string().regex(LABEL_KEY, 'must be the key of a taint').optional(),
  operator: z.enum(['Exists', 'Equal'], { error: 'must be Exists or Equal' }).optional(),
  value: z.string().optional(),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'], {
      error: 'must be NoSchedule, PreferNoSchedule or NoExecute',
    })
    .optional(),
});

/** On which nodes of a cluster a pod may run. */
export const placement = {
  nodeSelector: z
    .record(
      z.string().regex(LABEL_KEY, 'must be the key of a label'),
      z.string().regex(LABEL, 'must be the value of a label: letters, digits, "-", "_" and "."'),
    )
    .optional()
    .describe('In a cluster, only nodes with these labels: {pool: large}.'),
  tolerations: z
    .array(toleration)
    .optional()
    .describe('In a cluster, taints of nodes that are no hindrance: [{key: gpu, operator: Exists}].'),
};

/** The name of an environment variable. */
export const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable');

/** On which nodes: as fabrica.yaml and environments say it. */
export interface Placement {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Readonly<z.output<typeof toleration>>[];
}

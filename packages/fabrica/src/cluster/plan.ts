import { z } from 'zod';
import { FabricaError } from '../support/errors';

const schema = z.union([z.literal(1), z.literal(2)]);

const step = z.looseObject({
  name: z.string(),
  file: z.string(),
  line: z.number(),
  scope: z.enum(['once', 'each']),
  after: z.array(z.string()),
  parameters: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  resources: z
    .looseObject({
      cpu: z.number().nullish(),
      memory: z.string().nullish(),
      gpu: z.number().nullish(),
    })
    .default({}),
  retries: z.number().default(0),
  timeoutSeconds: z.number().nullish(),
});

const parameter = z.looseObject({
  type: z.string(),
  jsonSchema: z.looseObject({ enum: z.array(z.unknown()).optional() }).default({}),
  required: z.boolean().default(false),
  default: z.unknown().optional(),
  file: z.string().default(''),
  line: z.number().default(0),
  steps: z.array(z.string()).default([]),
});

const plan = z.looseObject({
  schema,
  project: z.string(),
  pipeline: z.string(),
  file: z.string(),
  each: z
    .looseObject({ parameter: z.string(), values: z.array(z.string()), fallback: z.string().nullish() })
    .nullish(),
  parameters: z.record(z.string(), parameter),
  steps: z.array(step),
  gate: z
    .looseObject({ model: z.string(), metrics: z.string(), rejudge: z.array(z.string()).default([]) })
    .nullish(),
});

/** What `python -m fabrica.pipelines plan` says of a pipeline (PIPELINES: `plan.json`), as far as a cluster needs it. */
export type Plan = Readonly<z.output<typeof plan>>;

/** A step of a plan. */
export type PlanStep = Plan['steps'][number];

/**
 * Reads a plan.json.
 *
 * @throws FabricaError `bad-plan`: a version of fabrica-pipelines wrote it that this toolkit doesn't know
 */
export function parsePlan(text: string): Plan {
  const result = plan.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new FabricaError(
    'bad-plan',
    `the plan has another form than this toolkit knows: ${issue?.path.join('.')} ${issue?.message}`,
    { hint: 'move fabrica-pipelines in pyproject.toml, or the toolkit, to a newer version' },
  );
}

/** The values that a step runs for which runs per value: the fallback first. */
export function valuesOf({ each }: Plan): readonly string[] {
  if (!each) return [];
  const { values, fallback } = each;
  return fallback === null || fallback === undefined
    ? values
    : [fallback, ...values.filter((value) => value !== fallback)];
}

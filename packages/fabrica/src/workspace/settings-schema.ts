import { z } from 'zod';
import { count, cpu, duration, memory, placement, positive } from './resources-schema';
import { app, schedule, service, unitName } from './running-schema';

const identifier = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a Python name');

const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: 'must be a text, a number, true or false',
});

const resources = z.strictObject({
  cpu: cpu.optional().describe('CPUs, and the number of threads that libraries may use: 2, or "500m".'),
  memory: memory.optional(),
  gpu: count.optional().describe('Number of GPUs.'),
  retries: count.optional().describe('How often the step is tried again after an exception.'),
  timeout: duration.optional(),
  ...placement,
});

const pipeline = z.strictObject({
  each: z
    .record(identifier, z.array(scalar.transform(String)).min(1, 'needs at least one value'))
    .optional()
    .describe(
      'Values of the parameter that the pipeline runs for, instead of those in the module: {borough: [Queens, Bronx]}.',
    ),
  parameters: z
    .record(identifier, z.json())
    .optional()
    .describe('Values of parameters, instead of the defaults in the code: {max_depth: 8}.'),
  resources: z
    .record(identifier, resources)
    .optional()
    .describe('What a step needs, instead of what its @step says, by the name of the step.'),
  schedule,
  parallelism: positive.optional().describe('In a cluster: how many pods of a run may run at once.'),
});

/** What a project can hold beside its base. */
export const PARTS = ['pipeline', 'service', 'app'] as const;

const template = z.strictObject({
  version: z
    .int({ error: 'must be a whole number, 1 or more' })
    .min(1, 'must be a whole number, 1 or more')
    .describe('The version of the template that the project was made from, or last updated to.'),
  parts: z
    .array(z.enum(PARTS, { error: `must be one of ${PARTS.join(', ')}` }))
    .default([])
    .describe('The parts of the template that it was made with.'),
});

/** What `boundaries` refuses. An exception names one of these. */
export const BOUNDARY_RULES = [
  'imports-project',
  'path',
  'depends-on-project',
  'linked-package',
  'docker-outside',
  'undeclared',
  'unused',
  'experiment-uses',
  'package-imports-project',
  'unparsed',
] as const;

const exception = z.strictObject({
  rule: z
    .enum(BOUNDARY_RULES, { error: `must be one of ${BOUNDARY_RULES.join(', ')}` })
    .describe('The rule, as the finding names it.'),
  path: z
    .string()
    .trim()
    .min(1, 'must be a file or a folder of the project')
    .describe('The file or folder, relative to the project: "src/bikes/old.py".'),
  reason: z.string().trim().min(1, 'must say why').describe('Why it has to be.'),
  until: z.iso
    .date('must be a day, such as 2026-12-31')
    .describe('The last day on which it is excused: 2026-12-31.'),
});

/** Services that the toolkit knows how to start beside a project. */
export const SERVICES = ['postgres'] as const;

const develop = z.strictObject({
  services: z
    .array(z.enum(SERVICES, { error: `must be one of ${SERVICES.join(', ')}; any other: in compose.yaml` }))
    .default([])
    .describe('What is started beside the project: postgres. Others: in a compose.yaml of the project.'),
  environment: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable, without a value'))
    .default([])
    .describe('Names of more variables of yours that are passed on. Values are never written down.'),
});

const test = z
  .strictObject({
    cpu: cpu.optional().describe('CPUs of each pod.'),
    memory: memory.optional(),
    shards: positive.optional().describe('Pods that the tests are divided among; by their number otherwise.'),
    ...placement,
  })
  .describe('The pods that run the tests in a cluster: nx run <project>:test --environment=staging.');

const overrides = {
  pipelines: z
    .record(identifier, pipeline)
    .optional()
    .describe(
      'Overrides of what the code says, by pipeline: the name of the file in src/<module>/pipelines/.',
    ),
  service: service.optional().describe('The prediction service, when the project has one.'),
  app: app.optional().describe('The Streamlit app, when the project has one.'),
  test: test.optional(),
};

/**
 * What fabrica.yaml may hold: the owner, the description, schedules, and overrides of resources and parameters, also
 * per environment. Nothing that the code already says. The JSON schema for editors is made from it.
 */
export const settingsSchema = z
  .strictObject({
    owner: z
      .string()
      .trim()
      .min(1, 'must name the team or person')
      .describe('The team or person who answers for the project.'),
    description: z.string().trim().default('').describe('What the project is for, in one sentence.'),
    ...overrides,
    experiments: z
      .strictObject({
        uses: z
          .array(unitName)
          .default([])
          .describe('Projects that experiments and notebooks may import. Production never does.'),
      })
      .optional()
      .describe('What exploring may do beyond what production may.'),
    develop: develop.optional().describe('What `nx develop <project>` brings beside the environment.'),
    boundaries: z
      .strictObject({
        exceptions: z
          .array(exception)
          .default([])
          .describe('What is excused for a while: each with the reason, and the day on which that ends.'),
      })
      .optional()
      .describe('Exceptions from what `nx run <project>:boundaries` refuses.'),
    environments: z
      .record(z.string(), z.strictObject(overrides))
      .optional()
      .describe('Overrides for one environment, by its name: they win over those above.'),
    template: template
      .optional()
      .describe('What made the project. Generators write it; `npx nx g fabrica:update` needs it.'),
  })
  .describe('Settings of a Fabrica project.');

/** The settings of a project as read. */
export type FabricaYaml = z.output<typeof settingsSchema>;

/** A finding that fabrica.yaml excuses for a while. */
export type BoundaryException = z.output<typeof exception>;

export type BoundaryRule = (typeof BOUNDARY_RULES)[number];

/** A service that the toolkit knows. */
export type ServiceName = (typeof SERVICES)[number];

/** A part of a project that the template knows. */
export type Part = (typeof PARTS)[number];

/** What fabrica.yaml says of the template that made the project. */
export type TemplateRecord = Readonly<z.output<typeof template>>;

/** What fabrica.yaml overrides for one pipeline. */
export type PipelineSettings = z.output<typeof pipeline>;

/** Where the JSON schema is in the package, and its title in editors. */
export const SCHEMA_FILE = 'schemas/fabrica.schema.json';

/** The JSON schema of fabrica.yaml, for editors. */
export function settingsJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(settingsSchema, { io: 'input', target: 'draft-7' }) as Record<
    string,
    unknown
  >;
  return { $schema, title: 'fabrica.yaml', ...schema };
}

import { z } from 'zod';
import { count, cpu, duration, memory, placement, positive, variable } from './resources-schema';

const NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const OBJECT = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const REGISTRY = /^[a-z0-9][\w.-]*(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/i;
const CREDENTIALS = /^[a-z][a-z0-9+.-]*:\/\/[^/@]*:[^/@]+@/i;
const NO_SECRET = 'must hold no password: name a secret instead, under `secrets`';

const object = z.string().regex(OBJECT, 'must be the name of an object in Kubernetes');
const withoutPassword = (text: string): boolean => !CREDENTIALS.test(text);

const secret = z.strictObject({
  secret: object.describe('The secret in the namespace; an external store of secrets keeps it there.'),
  key: z.string().min(1, 'must name a key of the secret').describe('Which of its keys.'),
  all: z
    .boolean()
    .default(false)
    .describe('Whether every pod gets it, such as the credentials of the store; else only who asks for it.'),
});

const price = z.number().nonnegative('must be 0 or more').optional();

/**
 * What environments/<name>.yaml may hold: all that differs between two clusters, and nothing that a project says. The
 * JSON schema for editors is made from it.
 */
export const environmentSchema = z
  .strictObject({
    context: z
      .string()
      .min(1, 'must name a context')
      .describe('The context of kubectl: kubectl config get-contexts lists them.'),
    namespace: z
      .string()
      .regex(NAME, 'must be lower-case letters, digits and hyphens')
      .describe('The namespace in which projects run.'),
    registry: z
      .string()
      .regex(
        REGISTRY,
        'must be the address of a registry and a path in it, such as registry.example.com/science',
      )
      .describe('From where the cluster pulls images: <registry>/<project>.'),
    store: z
      .string()
      .regex(
        /^(s3|gs):\/\/[^/\s]+/,
        'must be s3://<bucket>/… or gs://<bucket>/…: a pod has no disk that stays',
      )
      .refine(withoutPassword, NO_SECRET)
      .describe('The artifact store: s3://bucket/path or gs://bucket/path.'),
    warehouse: z
      .string()
      .min(1, 'must be an address')
      .refine(withoutPassword, NO_SECRET)
      .optional()
      .describe(
        'The warehouse, as fabrica-warehouse reads it: duckdb:///…; without it the tables are the files in data/. One with a password is a secret named FABRICA_WAREHOUSE.',
      ),
    variables: z
      .record(variable, z.string())
      .default({})
      .describe('Variables that every pod gets, none of them secret: {MLFLOW_TRACKING_URI: https://…}.'),
    secrets: z
      .record(variable, secret)
      .default({})
      .describe(
        'Where secrets are, by the variable that holds them: {SLACK_URL: {secret: slack, key: url}}.',
      ),
    pullSecrets: z.array(object).default([]).describe('Secrets that images are pulled with.'),
    identity: z
      .record(z.string().min(1), z.string())
      .default({})
      .describe(
        'Annotations of each project’s service account, by which a cloud knows who it is; {project} is its name.',
      ),
    ingress: z
      .array(object)
      .default([])
      .describe('Namespaces whose pods reach every service and app: those of the ingress, of monitoring.'),
    defaults: z
      .strictObject({
        cpu: cpu.default('500m').describe('CPUs of a pod that says nothing else.'),
        memory: memory.default('1Gi'),
        timeout: duration.default('24h').describe('How long a run may take: "24h".'),
        parallelism: positive.default(10).describe('How many pods of a run may run at once.'),
        timeZone: z.string().default('UTC').describe('The time zone of schedules that name none.'),
        ...placement,
      })
      .prefault({})
      .describe('What holds where a project says nothing else.'),
    gpu: z
      .strictObject({
        resource: z.string().min(1).default('nvidia.com/gpu').describe('As nodes count them.'),
        ...placement,
      })
      .prefault({})
      .describe('Where pods with a GPU run.'),
    quotas: z
      .strictObject({ cpu: cpu.optional(), memory: memory.optional(), gpu: count.optional() })
      .default({})
      .describe('The most that one pod may ask for.'),
    prices: z
      .strictObject({
        currency: z.string().regex(/^[A-Z]{3}$/, 'must be three letters, such as EUR'),
        cpuHour: price,
        memoryGiBHour: price,
        gpuHour: price,
        storageGiBMonth: price,
      })
      .optional()
      .describe('What things cost, for `nx run workspace:costs`.'),
    budget: z
      .number()
      .positive('must be more than 0')
      .optional()
      .describe(
        'What all projects together may cost here in a month, at these prices. More is told, and stops nothing.',
      ),
  })
  .describe('An environment of a workspace: a cluster, and where its parts are.');

/** A cluster as the workspace knows it. */
export type Environment = z.output<typeof environmentSchema> & { readonly name: string };

/** Where the JSON schema is in the package. */
export const ENVIRONMENT_SCHEMA_FILE = 'schemas/environment.schema.json';

/** The JSON schema of environments/<name>.yaml, for editors. */
export function environmentJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(environmentSchema, {
    io: 'input',
    target: 'draft-7',
  }) as Record<string, unknown>;
  return { $schema, title: 'environments/<name>.yaml', ...schema };
}

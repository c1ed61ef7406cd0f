import { z } from 'zod';
import { FabricaError } from '../../support/errors';

/** What the command line gives: see schema.json. */
export interface EnvironmentGeneratorSchema {
  readonly name: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly registry?: string;
  readonly store?: string;
  readonly warehouse?: string;
  readonly check?: boolean;
}

const schema = z.object({
  name: z.string().trim(),
  context: z.string().trim().optional(),
  namespace: z.string().trim().optional(),
  registry: z.string().trim().optional(),
  store: z.string().trim().optional(),
  warehouse: z.string().trim().optional(),
  check: z.boolean().default(true),
});

/** The options of the generator, read once. */
export type EnvironmentOptions = Readonly<z.output<typeof schema>>;

/** The keys of the file that the command line may give, in the order in which they stand there. */
export const KEYS = ['context', 'namespace', 'registry', 'store', 'warehouse'] as const;

/** @throws FabricaError `bad-name` */
export function readOptions(given: EnvironmentGeneratorSchema): EnvironmentOptions {
  const options = schema.parse(given);
  if (
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(options.name) &&
    options.name !== 'local' &&
    options.name.length <= 40
  )
    return options;
  throw new FabricaError(
    'bad-name',
    options.name === 'local'
      ? 'local is this machine, and needs no file'
      : `"${options.name}" can't be the name of an environment: lower-case letters, digits and hyphens, at most 40`,
    { hint: 'npx nx g fabrica:environment staging' },
  );
}

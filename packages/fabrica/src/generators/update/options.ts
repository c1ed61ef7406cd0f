import { z } from 'zod';
import { FabricaError } from '../../support/errors';

/** What the command line gives: see schema.json. */
export interface UpdateGeneratorSchema {
  readonly name?: string;
  readonly all?: boolean;
  readonly force?: boolean;
  readonly skipLock?: boolean;
}

const schema = z.object({
  name: z
    .string()
    .transform((name) => name.trim().replace(/^\.?\/?projects\//, ''))
    .optional(),
  all: z.boolean().default(false),
  force: z.boolean().default(false),
  skipLock: z.boolean().default(false),
});

/** The options of the generator, read once. */
export type UpdateOptions = Readonly<z.output<typeof schema>>;

/** @throws FabricaError `which-project` unless one project is named, or all are asked for */
export function readOptions(given: UpdateGeneratorSchema): UpdateOptions {
  const options = schema.parse(given);
  if (Boolean(options.name) !== options.all) return options;
  throw new FabricaError(
    'which-project',
    options.all ? "a project and --all can't both be meant" : 'which project is to be updated?',
    { hint: `npx nx g fabrica:update ${options.name || 'my-project'}\nor npx nx g fabrica:update --all` },
  );
}

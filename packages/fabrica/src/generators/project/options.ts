import { z } from 'zod';
import { oneLine } from '../shared/text';

/** What the command line gives: see schema.json. */
export interface ProjectGeneratorSchema {
  readonly name: string;
  readonly owner?: string;
  readonly description?: string;
  readonly pipeline?: boolean;
  readonly service?: boolean;
  readonly app?: boolean;
  readonly skipLock?: boolean;
}

const schema = z.object({
  name: z.string().transform((name) => name.trim().replace(/^\.?\/?projects\//, '')),
  owner: oneLine,
  description: oneLine,
  pipeline: z.boolean().optional(),
  service: z.boolean().default(false),
  app: z.boolean().default(false),
  skipLock: z.boolean().default(false),
});

/** The options of the generator, read once. `pipeline` is undefined where the user didn't say. */
export type ReadOptions = Readonly<z.output<typeof schema>>;

/** The options, with what follows from whether the project is new. */
export type ProjectOptions = ReadOptions & { readonly pipeline: boolean };

export function readOptions(given: ProjectGeneratorSchema): ReadOptions {
  return schema.parse(given);
}

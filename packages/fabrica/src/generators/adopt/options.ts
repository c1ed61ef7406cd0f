import { z } from 'zod';
import { oneLine } from '../shared/text';

/** What the command line gives: see schema.json. */
export interface AdoptGeneratorSchema {
  readonly path: string;
  readonly name?: string;
  readonly owner?: string;
  readonly description?: string;
  readonly history?: boolean;
  readonly relax?: boolean;
  readonly skipLock?: boolean;
}

const schema = z.object({
  path: z.string().trim().min(1),
  name: oneLine,
  owner: oneLine,
  description: oneLine,
  history: z.boolean().default(true),
  relax: z.boolean().optional(),
  skipLock: z.boolean().default(false),
});

/** The options of the generator, read once. `relax` is undefined where the user didn't say. */
export type AdoptOptions = Readonly<z.output<typeof schema>>;

export function readOptions(given: AdoptGeneratorSchema): AdoptOptions {
  return schema.parse(given);
}

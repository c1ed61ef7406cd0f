import { z } from 'zod';
import { asProjectName } from '../shared/projects';

/** What the command line gives: see schema.json. */
export interface EjectGeneratorSchema {
  readonly name: string;
  readonly to: string;
  readonly remove?: boolean;
}

const schema = z.object({
  name: z.string().transform(asProjectName),
  to: z.string().trim().min(1),
  remove: z.boolean().default(false),
});

/** The options of the generator, read once. */
export type EjectOptions = Readonly<z.output<typeof schema>>;

export function readOptions(given: EjectGeneratorSchema): EjectOptions {
  return schema.parse(given);
}

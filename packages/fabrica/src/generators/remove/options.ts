import { z } from 'zod';
import { asProjectName } from '../shared/projects';

/** What the command line gives: see schema.json. */
export interface RemoveGeneratorSchema {
  readonly name: string;
  readonly force?: boolean;
}

const schema = z.object({
  name: z.string().transform(asProjectName),
  force: z.boolean().default(false),
});

/** The options of the generator, read once. */
export type RemoveOptions = Readonly<z.output<typeof schema>>;

export function readOptions(given: RemoveGeneratorSchema): RemoveOptions {
  return schema.parse(given);
}

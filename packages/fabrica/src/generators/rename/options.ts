import { z } from 'zod';
import { asProjectName } from '../shared/projects';

/** What the command line gives: see schema.json. */
export interface RenameGeneratorSchema {
  readonly name: string;
  readonly to: string;
}

const name = z.string().transform(asProjectName);
const schema = z.object({ name, to: name });

/** The options of the generator, read once. */
export type RenameOptions = Readonly<z.output<typeof schema>>;

export function readOptions(given: RenameGeneratorSchema): RenameOptions {
  return schema.parse(given);
}

import { z } from 'zod';
import { oneLine } from '../shared/text';

/** What the command line gives: see schema.json. */
export interface PackageGeneratorSchema {
  readonly name: string;
  readonly description?: string;
  readonly language?: 'python' | 'typescript';
  readonly skipLock?: boolean;
}

const schema = z.object({
  name: z.string().transform((name) =>
    name
      .trim()
      .replace(/^\.?\/?packages\//, '')
      .replace(/^fabrica-/, ''),
  ),
  description: oneLine,
  language: z.enum(['python', 'typescript']).default('python'),
  skipLock: z.boolean().default(false),
});

/** The options of the generator, read once. */
export type PackageOptions = Readonly<z.output<typeof schema>>;

export function readOptions(given: PackageGeneratorSchema): PackageOptions {
  return schema.parse(given);
}

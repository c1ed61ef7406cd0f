import { z } from 'zod';

/** What the command line gives: see schema.json. */
export interface GraduateGeneratorSchema {
  readonly modules: string;
  readonly to: string;
  readonly skipLock?: boolean;
}

const schema = z.object({
  modules: z.string().transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean),
  ),
  to: z.string().transform((name) =>
    name
      .trim()
      .replace(/^\.?\/?packages\//, '')
      .replace(/^fabrica[-.]/, ''),
  ),
  skipLock: z.boolean().default(false),
});

/** The options of the generator, read once. */
export type GraduateOptions = Readonly<z.output<typeof schema>>;

export function readOptions(given: GraduateGeneratorSchema): GraduateOptions {
  return schema.parse(given);
}

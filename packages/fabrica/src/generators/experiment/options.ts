import { z } from 'zod';
import { FabricaError } from '../../support/errors';
import { HOMES, suggestName } from '../../workspace';

/** What the command line gives: see schema.json. */
export interface ExperimentGeneratorSchema {
  readonly project: string;
  readonly name: string;
  readonly uses?: string | readonly string[];
}

const project = z
  .string()
  .transform((name) => name.trim().replace(new RegExp(`^\\.?/?${HOMES.project}/`), ''));

const schema = z.object({
  project,
  name: z.string().trim(),
  uses: z
    .union([z.string(), z.array(z.string())])
    .default([])
    .transform((names) => [names].flat().flatMap((some) => some.split(',')))
    .pipe(z.array(project))
    .transform((names) => [...new Set(names.filter(Boolean))]),
});

/** The options of the generator, read once. */
export type ExperimentOptions = Readonly<z.output<typeof schema>>;

/** @throws FabricaError `bad-name`, `uses-itself` */
export function readOptions(given: ExperimentGeneratorSchema): ExperimentOptions {
  const options = schema.parse(given);
  const again = `npx nx g fabrica:experiment ${options.project}`;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(options.name))
    throw new FabricaError(
      'bad-name',
      `"${options.name}" can't be the name of an experiment: names are lower-case letters, digits and single hyphens`,
      { hint: `${again} ${suggestName(options.name) || 'my-experiment'}` },
    );
  if (options.uses.includes(options.project))
    throw new FabricaError('uses-itself', `${options.project} need not name itself: its own code is there`, {
      hint: `${again} ${options.name}`,
    });
  return options;
}

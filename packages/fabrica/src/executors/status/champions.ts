import { existsSync } from 'node:fs';
import { z } from 'zod';
import { commandEnvironment, pythonOf } from '../../../bin/shared.cjs';
import { FabricaError } from '../../support/errors';
import { run } from '../../support/processes';

const champion = z.object({
  model: z.string(),
  value: z.string().nullable(),
  /** Null where no version was promoted yet. */
  version: z.number().int().nullable(),
  since: z.string().nullable(),
  by: z.string().nullable(),
  reason: z.string(),
});

/** The version of a model that production serves, for one value (PIPELINES: promotions). */
export type Champion = z.infer<typeof champion>;

/**
 * The champions of a project, from the store that its environment knows, whichever kind it is. None for a project that
 * was not installed here, or doesn't use `fabrica-tracking`.
 *
 * @throws FabricaError `no-champions` when the store can't be read, with its reason
 */
export async function readChampions(root: string, at: string, signal?: AbortSignal): Promise<Champion[]> {
  const python = pythonOf(at);
  if (!existsSync(python)) return [];
  const { code, stdout, stderr } = await run(python, ['-m', 'fabrica.tracking', 'champions', '--json'], {
    cwd: at,
    env: commandEnvironment(root, at),
    signal,
  });
  if (code === 0) return z.array(champion).parse(JSON.parse(stdout));
  if (/No module named .?fabrica/.test(stderr)) return [];
  throw new FabricaError('no-champions', `the models in the store can't be read\n${stderr.trimEnd()}`);
}

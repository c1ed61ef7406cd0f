import { join } from 'node:path';
import { overrideWords, placesEnvironment } from '../../bin/pipeline-arguments.cjs';
import { commandEnvironment, pythonOf } from '../../bin/shared.cjs';
import { FabricaError } from '../support/errors';
import { run } from '../support/processes';
import type { Override, Project } from '../workspace';

/**
 * Plans a pipeline with what its run will get, which reads its source and runs nothing: mistakes show before anything
 * is started.
 *
 * @param typed what a person said, after the overrides of fabrica.yaml: it counts
 * @returns the text of plan.json
 * @throws FabricaError `plan-failed`, with all that is wrong
 */
export async function planText(
  root: string,
  { name, folder }: Pick<Project, 'name' | 'folder'>,
  pipeline: string,
  overrides: readonly Override[],
  { typed = [], signal }: { readonly typed?: readonly string[]; readonly signal?: AbortSignal } = {},
): Promise<string> {
  const at = join(root, folder);
  const { code, stdout, stderr } = await run(
    pythonOf(at),
    ['-m', 'fabrica.pipelines', 'plan', pipeline, ...overrideWords(overrides), ...typed],
    { cwd: at, env: { ...commandEnvironment(root, at), ...placesEnvironment(overrides) }, signal },
  );
  if (code === 0) return stdout;
  throw new FabricaError('plan-failed', `pipeline ${pipeline} of ${name} has no plan\n${stderr.trimEnd()}`);
}

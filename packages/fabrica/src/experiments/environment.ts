import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pythonOf, readStamp, writeAtomically } from '../../bin/shared.cjs';
import {
  ensureInterpreter,
  installEnvironment,
  installLocked,
  putOnPath,
  syncEnvironment,
  writeStamp,
  type SyncOutcome,
} from '../python/environment';
import { readPyproject } from '../python/pyproject';
import { findUv, type ToolOptions } from '../python/uv';
import { withLock } from '../support/lock';
import { run } from '../support/processes';
import { Progress } from '../support/progress';
import { layoutPath } from '../workspace';
import { mergedLock, readLayers, usedProjects, type Layer } from './layers';

/** The environment that a project's notebooks and experiments run in. */
export interface ExperimentEnvironment {
  /** The folder whose `.venv` it is, absolute. */
  readonly home: string;
  readonly outcome: SyncOutcome;
  /** The projects of the experiment, itself first. */
  readonly layers: readonly Layer[];
}

/**
 * Brings the environment of a project's experiments in step with the locks that it is made from. Where `fabrica.yaml`
 * names no other project it is the project's own. Else it is `experiments/.venv`: the project's development lock,
 * what the used projects pin beyond that, and the `src` of all of them on the path. So neither tests nor production
 * ever see another project.
 *
 * @param folder relative to the workspace: `projects/bikes`
 * @throws FabricaError as {@link syncEnvironment} does, for each of the projects
 */
export async function syncExperiments(
  root: string,
  folder: string,
  options: ToolOptions = {},
): Promise<ExperimentEnvironment> {
  const at = join(root, folder);
  if (!usedProjects(root, folder).length)
    return { home: at, outcome: await syncEnvironment(root, folder, options), layers: [] };
  const home = experimentsHome(at);
  const layers = readLayers(root, folder);
  const outcome = await withLock(
    root,
    `experiments-${basename(folder)}`,
    async () => {
      const stamp = stampOf(root, home, layers, options.env);
      if (isInStep(home, stamp)) return 'unchanged' as const;
      const progress = options.progress ?? new Progress();
      await progress.quietly(`Installing the environment of ${folder}/experiments`, () =>
        install(root, home, layers, options),
      );
      writeStamp(home, stamp);
      return 'installed' as const;
    },
    options,
  );
  return { home, outcome, layers };
}

/** The folder of a project's experiments, which holds their environment. */
function experimentsHome(at: string): string {
  const home = join(at, layoutPath('experiment'));
  mkdirSync(home, { recursive: true });
  return realpathSync(home);
}

interface Stamp {
  readonly folder: string;
  readonly inputs: string;
  readonly requested: string | null;
}

function stampOf(
  root: string,
  home: string,
  layers: readonly Layer[],
  env: NodeJS.ProcessEnv = process.env,
): Stamp {
  const inputs = createHash('sha256')
    .update(JSON.stringify([layers.map(({ folder }) => folder), requiredPython(root, layers)]))
    .update(mergedLock(layers))
    .digest('hex');
  return { folder: home, inputs, requested: env.FABRICA_PYTHON || null };
}

function isInStep(home: string, { folder, inputs, requested }: Stamp): boolean {
  const present = readStamp(home);
  return (
    present?.inputs === inputs &&
    present.folder === folder &&
    (requested === null || present.requested === requested) &&
    existsSync(pythonOf(home))
  );
}

/** A Python that fits all of them. */
function requiredPython(root: string, layers: readonly Layer[]): string {
  return layers.map(({ folder }) => readPyproject(join(root, folder)).requiresPython).join(',');
}

const LAYERED = 'fabrica-requirements.txt';

async function install(
  root: string,
  home: string,
  layers: readonly Layer[],
  options: ToolOptions,
): Promise<void> {
  let { env } = options;
  for (const { folder } of layers) env = await installEnvironment(root, folder, { ...options, env });
  await ensureInterpreter(root, home, { ...options, requires: requiredPython(root, layers) });
  // Until it is whole again it says no more than where it was made.
  writeStamp(home, { folder: home });
  writeAtomically(join(home, '.venv', LAYERED), mergedLock(layers));
  await installLocked(root, home, join('.venv', LAYERED), { ...options, env, project: layers[0]?.name });
  putOnPath(
    home,
    layers.map(({ folder }) => join(root, folder, 'src')),
  );
}

/** What installed distributions ask of each other and don't get: a line for each, as uv says it. */
export async function unmetRequirements(
  root: string,
  home: string,
  options: ToolOptions = {},
): Promise<string[]> {
  const uv = await findUv(root, options);
  const { code, stderr } = await run(uv, ['pip', 'check', '--python', pythonOf(home)], {
    signal: options.signal,
    env: options.env,
  });
  return code === 0 ? [] : stderr.split('\n').filter((line) => line.startsWith('The package '));
}

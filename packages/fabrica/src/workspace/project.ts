import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipelinesOf } from '../../bin/pipeline-arguments.cjs';
import { readPyproject, type Pyproject } from '../python/pyproject';
import { FabricaError, throwAll } from '../support/errors';
import { layoutPath, PYPROJECT } from './layout';
import { moduleOf, nameProblem, suggestName } from './names';
import { readOverrides, type Overrides } from './overrides';
import { placeOfName, placeOfWord } from './places';
import { readSettings } from './settings';
import type { FabricaYaml } from './settings-schema';
import { didYouMean } from './suggest';

/** A standalone data science project, as all of the toolkit sees it. */
export interface Project {
  readonly name: string;
  /** The Python module: `trip_duration`. */
  readonly module: string;
  /** Relative to the workspace: `projects/trip-duration`. */
  readonly folder: string;
  readonly owner: string;
  readonly description: string;
  readonly version: string;
  /** `>=3.11` */
  readonly requiresPython: string;
  /** Production dependencies as pyproject.toml states them: `fabrica-storage==0.1.0`. */
  readonly dependencies: readonly string[];
  /** Names of the pipelines in src/<module>/pipelines/, sorted. */
  readonly pipelines: readonly string[];
  readonly service: boolean;
  readonly app: boolean;
  readonly settings: FabricaYaml;
  /** What `settings` override of the pipelines, as arguments of the runner. */
  readonly overrides: Overrides;
}

/**
 * Reads one project.
 *
 * @param folder relative to the workspace
 * @throws FabricaError, FabricaErrors that name the file and the line
 */
export function readProject(root: string, folder: string): Project {
  const at = join(root, folder);
  const settings = readSettings(root, folder);
  const pyproject = readPyproject(at);
  checkOwnName(root, folder, pyproject);
  const module = moduleOf(pyproject.name);
  const pipelines = pipelinesOf(at);
  checkPipelineNames(root, folder, module, settings, pipelines);
  return {
    name: pyproject.name,
    module,
    folder,
    owner: settings.owner,
    description: settings.description,
    version: pyproject.version,
    requiresPython: pyproject.requiresPython,
    dependencies: pyproject.dependencies.map(({ text }) => text),
    pipelines,
    service: existsSync(join(at, layoutPath('service', { module }))),
    app: existsSync(join(at, layoutPath('app', { module }))),
    settings,
    overrides: readOverrides(root, folder, settings),
  };
}

function checkOwnName(root: string, folder: string, { name }: Pyproject): void {
  const problem = nameProblem(name);
  if (problem === undefined) return;
  const { text, place } = placeOfName(root, folder);
  throw new FabricaError('bad-name', `${text}: "${name}" can't be the name of a project: ${problem}`, {
    place,
    hint: `in ${folder}/${PYPROJECT}: name = "${suggestName(name) || basename(folder)}"`,
  });
}

function checkPipelineNames(
  root: string,
  folder: string,
  module: string,
  settings: FabricaYaml,
  pipelines: readonly string[],
): void {
  const stated = [
    settings.pipelines,
    ...Object.values(settings.environments ?? {}).map((environment) => environment.pipelines),
  ];
  const unknown = new Set(
    stated.flatMap((some) => Object.keys(some ?? {})).filter((name) => !pipelines.includes(name)),
  );
  const errors = [...unknown].map((name) => {
    const { text, place } = placeOfWord(root, folder, name);
    return new FabricaError(
      'unknown-pipeline',
      `${text}: there is no pipeline "${name}" (${layoutPath('pipeline', { module, name })})${didYouMean(name, pipelines)}`,
      {
        place,
        hint: pipelines.length
          ? `the pipelines are ${pipelines.join(', ')}`
          : `npx nx g fabrica:project ${basename(folder)} --pipeline adds one`,
      },
    );
  });
  throwAll(errors);
}

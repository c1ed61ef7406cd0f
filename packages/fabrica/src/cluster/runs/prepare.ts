import { join } from 'node:path';
import { pipelinesOf } from '../../../bin/pipeline-arguments.cjs';
import { ensurePushed } from '../../images/ensure';
import { FabricaError } from '../../support/errors';
import { didYouMean, readEnvironment, readProject, type Environment, type Project } from '../../workspace';
import type { CommandLine } from '../command-line';
import { checkDriver, readRelease } from '../read';
import type { Release } from '../release';
import type { Words } from './words';

/** What a command over runs works with. */
export interface RunsOptions extends CommandLine {
  readonly words: Words;
}

/** The same, in a cluster. */
export interface RunsCommand extends RunsOptions {
  readonly project: Project;
  readonly environment: Environment;
}

/** Reads what a command in a cluster needs. */
export function inCluster(options: RunsOptions): RunsCommand {
  const { root, folder, words } = options;
  return {
    ...options,
    project: readProject(root, folder),
    environment: readEnvironment(root, words.environment),
  };
}

/** What is run: the project as it is committed, by the image of that commit. */
export async function releaseOf(command: RunsCommand): Promise<Release> {
  const { root, folder, project, environment, words, signal, progress } = command;
  const pipeline = pipelineNamed(root, project, words.pipeline);
  checkDriver(root, project, environment);
  const image =
    words.image ??
    (await ensurePushed(project, { root, signal, progress, registry: environment.registry })).reference;
  const only = { pipeline, typed: words.typed };
  return readRelease({ root, folder, environment: environment.name, image, only, signal, progress });
}

/** The pipeline that is meant: the one named, the only one, or `train`. */
export function pipelineNamed(root: string, project: Project, name: string | undefined): string {
  const all = pipelinesOf(join(root, project.folder));
  const found = name ?? (all.length === 1 ? all[0] : all.find((one) => one === 'train'));
  if (found !== undefined && all.includes(found)) return found;
  throw new FabricaError(
    'unknown-pipeline',
    name === undefined
      ? `${project.name} has ${all.length ? `several pipelines: ${all.join(', ')}` : 'no pipelines'}`
      : `${project.name} has no pipeline ${name}${didYouMean(name, all)}`,
    { hint: all.length ? `one of ${all.join(', ')}` : 'write one: src/<module>/pipelines/<name>.py is one' },
  );
}

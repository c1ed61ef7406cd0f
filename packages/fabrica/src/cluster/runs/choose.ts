import { FabricaError } from '../../support/errors';
import type { Environment, Project } from '../../workspace';
import { runSelector } from '../owned';
import { LABELS } from '../release';
import { hasEnded, runOf, workflowsOf, type Workflow } from './objects';
import type { Words } from './words';

export interface Choosing {
  readonly project: Project;
  readonly environment: Environment;
  readonly words: Pick<Words, 'run' | 'pipeline'>;
  readonly signal: AbortSignal;
}

/** The runs of a project, or of the pipeline that is named, that the cluster still knows; the newest first. */
export function runsOf({ project, environment, words, signal }: Choosing): Promise<Workflow[]> {
  return workflowsOf(environment, runSelector(project.name, environment.name, words.pipeline), signal);
}

/**
 * The run that is meant: the one that is named, else the last that goes on.
 *
 * @throws FabricaError `no-run`, those of kubectl
 */
export async function chooseGoing(choosing: Choosing): Promise<Workflow> {
  const { project, environment, words } = choosing;
  const runs = await runsOf(choosing);
  const found = runs.find((one) => (words.run ? runOf(one) === words.run : !hasEnded(one)));
  if (found) return found;
  const of = `${project.name}${words.pipeline ? ` ${words.pipeline}` : ''}`;
  const what = words.run
    ? `the cluster of ${environment.name} knows no run ${words.run} of ${of}`
    : `no run of ${of} goes on in ${environment.name}`;
  throw new FabricaError('no-run', what, {
    hint: runs.length
      ? `the last ones: ${runs.slice(0, 5).map(runOf).join(', ')}`
      : `npx nx run ${project.name}:run --environment=${environment.name}`,
  });
}

/** The pipeline that a workflow is a run of. */
export function pipelineOf({ metadata }: Workflow): string {
  return metadata.labels?.[LABELS.part]?.replace(/^pipeline\./, '') ?? '';
}

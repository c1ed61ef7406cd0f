import { environmentName } from '../../bin/shared.cjs';
import { FabricaError } from '../support/errors';
import { overridesFor, readProject, servicePort, type Override, type Project } from '../workspace';

/** The pipelines of a project in the order in which a deploy runs them: what others score with comes from `train`. */
export function pipelinesInOrder({ pipelines }: Project): string[] {
  return [...pipelines].sort((a, b) => Number(b === 'train') - Number(a === 'train'));
}

/** Some pipelines of a project, or all of them. */
export function choosePipelines(project: Project, chosen?: string | readonly string[]): string[] {
  const all = pipelinesInOrder(project);
  if (chosen === undefined) return all;
  const names = [chosen].flat().flatMap((text) => text.split(','));
  const unknown = names.filter((name) => !all.includes(name));
  if (!unknown.length) return names;
  throw new FabricaError('unknown-pipeline', `${project.name} has no pipeline ${unknown.join(', ')}`, {
    hint: all.length
      ? `npx nx run ${project.name}:deploy --pipeline=${all[0]}${all.length > 1 ? `; there are ${all.join(', ')}` : ''}`
      : 'write one: src/<module>/pipelines/<name>.py is one',
  });
}

/** What fabrica.yaml overrides for a pipeline in the environment that FABRICA_ENVIRONMENT names. */
export function overridesOf(project: Project, pipeline: string): readonly Override[] {
  return overridesFor(project.overrides, pipeline, environmentName());
}

/** The port that fabrica.yaml prefers in the environment that FABRICA_ENVIRONMENT names. */
export function preferredPort(project: Project): number | undefined {
  return servicePort(project.settings, environmentName());
}

export { readProject, type Project };

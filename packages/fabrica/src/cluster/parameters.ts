import { FabricaError } from '../support/errors';
import { placesOfPaths } from '../workspace/places';
import type { Plan } from './plan';
import { looksFirst, pipelineSettings, type Release } from './release';

/** A parameter of a workflow: Argo's UI shows and edits it. */
export interface WorkflowParameter {
  readonly name: string;
  readonly value?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
}

/** Names that no parameter of Python can have. */
export const RUN = 'fabrica-run';
export const CHUNKS = 'fabrica-chunks';
export const TRIGGER = 'fabrica-trigger';
export const WHEN = 'fabrica-when';

/** When an opened run goes on: in any case, or if there is something new. */
const ALWAYS = 'always';
export const NEW_DATA = 'new-data';

/** A parameter as a tag that Argo fills in. */
export function tag(name: string): string {
  return `{{workflow.parameters.${name}}}`;
}

/** The parameters of a pipeline that a person may set, and those by which the toolkit tells a run what it is. */
export function parametersOf(release: Release, plan: Plan, chunks: number): WorkflowParameter[] {
  const { parameters: stated = {} } = pipelineSettings(release, plan.pipeline);
  return [
    ...settable(plan).map(([name, { type, steps, default: byDefault, jsonSchema }]) => {
      const value = Object.hasOwn(stated, name) ? stated[name] : byDefault;
      return {
        name,
        ...(value === undefined ? {} : { value: textOf(value) }),
        description: `${type}, of ${steps.join(', ')}`,
        ...(jsonSchema.enum ? { enum: jsonSchema.enum.map(textOf) } : {}),
      };
    }),
    ...(plan.each
      ? [
          {
            name: plan.each.parameter,
            value: JSON.stringify(plan.each.values),
            description: 'the values that it runs for, a JSON list',
          },
          { name: CHUNKS, value: String(chunks), description: 'pods that the values are divided among' },
        ]
      : []),
    { name: RUN, value: '', description: 'the run to continue; a new one when it is empty' },
    { name: TRIGGER, value: 'person', description: 'what started it' },
    ...(looksFirst(release, plan.pipeline)
      ? [{ name: WHEN, value: ALWAYS, enum: [ALWAYS, NEW_DATA], description: 'in which case it goes on' }]
      : []),
  ];
}

/**
 * The parameters that text can give. One whose default is code that JSON can't hold keeps it.
 */
function settable({ parameters, each }: Plan): [string, Plan['parameters'][string]][] {
  return Object.entries(parameters)
    .filter(
      ([name, { required, default: value }]) => name !== each?.parameter && (required || value !== undefined),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The options of `fabrica.pipelines open` for what a run is given. */
export function optionsOf(plan: Plan): string[] {
  const each = plan.each ? ['--each', `${plan.each.parameter}=${tag(plan.each.parameter)}`] : [];
  return [...each, ...settable(plan).flatMap(([name]) => ['--set', `${name}=${tag(name)}`])];
}

/** As `--set` reads it. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * A run that starts by itself has nobody to ask.
 *
 * @throws FabricaError `no-value`
 */
export function checkScheduled(
  root: string,
  { project, environment }: Release,
  plan: Plan,
  parameters: readonly WorkflowParameter[],
): void {
  const missing = parameters.find(({ value }) => value === undefined);
  if (!missing) return;
  const { file, line, type } = plan.parameters[missing.name] ?? { file: plan.file, line: 1, type: '' };
  const where = placesOfPaths(root, project.folder)(['pipelines', plan.pipeline, 'schedule']);
  throw new FabricaError(
    'no-value',
    `parameter ${missing.name} (${type}) has no value, and ${plan.pipeline} has a schedule (${where}): nobody gives it one`,
    {
      place: { file: `${project.folder}/${file}`, line },
      hint: `give it a default; or in ${project.folder}/fabrica.yaml, under environments.${environment.name}.pipelines.${plan.pipeline}: parameters: { ${missing.name}: … }`,
    },
  );
}

import { isJudged, lastTemplate, openTemplate } from './ends';
import { CHUNKS, tag } from './parameters';
import type { Plan } from './plan';
import { looksFirst, slug, type Release } from './release';
import type { Stage } from './stages';
import { stepTemplate, type Template } from './steps';

/** The templates of a workflow that are no step; no step's template has their names. */
const OWN = ['run', 'open', 'gate', 'close'];

/** The templates of a workflow: its DAG, its steps, and what opens, judges and ends a run. */
export function templatesOf(
  release: Release,
  plan: Plan,
  stages: readonly Stage[],
  values: number,
): Template[] {
  const taken = new Set(OWN);
  const names = new Map(plan.steps.map(({ name }) => [name, slug(name, taken)]));
  const nameOf = (step: string): string => names.get(step) ?? step;
  const each = stages.filter(({ scope }) => scope === 'each');
  const stageNames = new Map(each.map((stage) => [stage, slug(`each_${stage.steps[0]?.name}`, taken)]));
  const taskOf = (stage: Stage): string => stageNames.get(stage) ?? nameOf(stage.steps[0]?.name ?? '');
  return [
    { name: 'run', dag: { failFast: false, tasks: guarded(release, plan, tasksOf(plan, stages, taskOf)) } },
    openTemplate(release, plan),
    ...each.map((stage) => chunkTemplate(taskOf(stage), stage, nameOf, values)),
    ...plan.steps.map((step) => stepTemplate(release, plan.pipeline, step, nameOf(step.name), values)),
    ...(plan.gate ? [lastTemplate(release, plan, 'gate', [])] : []),
    lastTemplate(release, plan, 'close', [
      '--status',
      '{{workflow.status}}',
      '--failures',
      '{{workflow.failures}}',
    ]),
  ];
}

type Task = Readonly<Record<string, unknown>>;

/** What has ended, well or not: the steps after it know which values are left. */
function ended(task: string): string {
  return `(${task}.Succeeded || ${task}.Failed || ${task}.Errored)`;
}

function tasksOf(plan: Plan, stages: readonly Stage[], taskOf: (stage: Stage) => string): Task[] {
  const after = (needs: readonly Stage[]): string =>
    needs.map((stage) => (stage.scope === 'each' ? ended(taskOf(stage)) : taskOf(stage))).join(' && ') ||
    'open';
  const judged = plan.gate ? stages.filter(({ steps }) => steps.some((step) => isJudged(plan, step))) : [];
  return [
    { name: 'open', template: 'open' },
    ...stages.map((stage) => ({
      name: taskOf(stage),
      template: taskOf(stage),
      depends: after(stage.needs),
      ...(stage.scope === 'each'
        ? {
            arguments: { parameters: [{ name: 'chunk', value: '{{item}}' }] },
            withSequence: { count: tag(CHUNKS) },
          }
        : {}),
    })),
    ...(plan.gate ? [{ name: 'gate', template: 'gate', depends: after(judged) }] : []),
  ];
}

/** A run for new data ends with its first task where there is none. */
function guarded(release: Release, plan: Plan, tasks: readonly Task[]): readonly Task[] {
  if (!looksFirst(release, plan.pipeline)) return tasks;
  const when = "{{=tasks.open.outputs.result != 'unchanged'}}";
  return tasks.map((task) => (task.name === 'open' ? task : { ...task, when }));
}

/** The DAG of a chunk of values. Where a chunk has one value, what follows a failure is not started at all. */
function chunkTemplate(
  name: string,
  { steps }: Stage,
  nameOf: (step: string) => string,
  values: number,
): Template {
  const inside = new Set(steps.map((step) => step.name));
  const after = (task: string): string => (values > 1 ? ended(task) : task);
  const chunk = { name: 'chunk', value: '{{inputs.parameters.chunk}}' };
  return {
    name,
    inputs: { parameters: [{ name: 'chunk' }] },
    dag: {
      failFast: false,
      tasks: steps.map((step) => {
        const needs = step.after.filter((other) => inside.has(other)).map(nameOf);
        return {
          name: nameOf(step.name),
          template: nameOf(step.name),
          arguments: { parameters: [chunk] },
          ...(needs.length ? { depends: needs.map(after).join(' && ') } : {}),
        };
      }),
    },
  };
}

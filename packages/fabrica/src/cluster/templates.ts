import { CHUNKS, optionsOf, tag } from './parameters';
import type { Plan, PlanStep } from './plan';
import { placementOf, reservedVariable, resourcesOf } from './pod';
import { seconds } from './quantities';
import { pipelineSettings, slug, type Release } from './release';
import type { Stage } from './stages';
import { demandsOf, mostOf, OF_RUN, retryStrategy, stepTemplate, type Template } from './steps';

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
    { name: 'run', dag: { failFast: false, tasks: tasksOf(plan, stages, taskOf) } },
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

/** For a pod whose image can't be pulled, in a run that nobody watches. */
const OPENING = 3600;

/** What has ended, well or not: the steps after it know which values are left. */
function ended(task: string): string {
  return `(${task}.Succeeded || ${task}.Failed || ${task}.Errored)`;
}

function tasksOf(plan: Plan, stages: readonly Stage[], taskOf: (stage: Stage) => string): object[] {
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

function isJudged({ gate }: Plan, { name, products }: PlanStep): boolean {
  const made = (products as { name: string }[] | undefined)?.map((product) => product.name) ?? [];
  return (
    gate?.rejudge.includes(name) || made.some((one) => one === gate?.model || one === gate?.metrics) || false
  );
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

function openTemplate(release: Release, plan: Plan): Template {
  const { resources: stated = {} } = pipelineSettings(release, plan.pipeline);
  const overrides = Object.entries(stated).flatMap(
    ([step, { nodeSelector: _n, tolerations: _t, ...own }]) =>
      Object.keys(own).length ? ['--resources', JSON.stringify({ [step]: own })] : [],
  );
  const resources = resourcesOf(release, {}, 'open');
  return {
    name: 'open',
    activeDeadlineSeconds: OPENING,
    container: {
      args: ['open', plan.pipeline, ...OF_RUN, ...overrides, ...optionsOf(plan)],
      env: [reservedVariable(release, resources)],
      resources,
    },
    retryStrategy: retryStrategy(0),
    ...placementOf(release),
  };
}

/** The gate, and the end of a run, which judges what the gate could not: both may call the steps that are judged. */
function lastTemplate(
  release: Release,
  plan: Plan,
  name: 'gate' | 'close',
  more: readonly string[],
): Template {
  const judged = plan.gate ? plan.steps.filter((step) => isJudged(plan, step)) : [];
  const [placed] = judged;
  const resources = resourcesOf(release, mostOf(release, judged), name);
  return {
    name,
    // The run's own ends before its exit handler begins.
    activeDeadlineSeconds: seconds(release.environment.defaults.timeout),
    container: {
      args: [name, plan.pipeline, ...OF_RUN, ...more],
      env: [reservedVariable(release, resources)],
      resources,
    },
    retryStrategy: retryStrategy(0),
    ...(placed ? demandsOf(release, plan.pipeline, placed).placement : placementOf(release)),
  };
}

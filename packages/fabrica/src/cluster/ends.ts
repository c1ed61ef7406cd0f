import type { Placement } from '../workspace';
import { optionsOf, tag, WHEN } from './parameters';
import type { Plan, PlanStep } from './plan';
import { placementOf, reservedVariable, resourcesOf } from './pod';
import { seconds } from './quantities';
import { looksFirst, pipelineSettings, type Release } from './release';
import { demandsOf, mostOf, OF_RUN, retryStrategy, secretsOf, type Template } from './steps';

/** For a pod whose image can't be pulled, in a run that nobody watches. */
const OPENING = 3600;

/** What opens a run. Where it looks for new data first, it calls the steps that data comes in by. */
export function openTemplate(release: Release, plan: Plan): Template {
  const { resources: stated = {} } = pipelineSettings(release, plan.pipeline);
  const overrides = Object.entries(stated).flatMap(([step, { nodeSelector: _n, tolerations: _t, ...own }]) =>
    Object.keys(own).length ? ['--resources', JSON.stringify({ [step]: own })] : [],
  );
  const looks = looksFirst(release, plan.pipeline);
  const called = looks ? plan.steps.filter(bringsData) : [];
  const resources = resourcesOf(release, mostOf(release, called), 'open');
  const when = looks ? ['--when', tag(WHEN)] : [];
  return {
    name: 'open',
    activeDeadlineSeconds: looks ? seconds(release.environment.defaults.timeout) : OPENING,
    container: {
      args: ['open', plan.pipeline, ...OF_RUN, ...when, ...overrides, ...optionsOf(plan)],
      env: [reservedVariable(release, resources), ...secretsOf(release, called)],
      resources,
    },
    retryStrategy: retryStrategy(0),
    ...placementFor(release, plan, called),
  };
}

/** The gate, and the end of a run, which judges what the gate could not: both may call the steps that are judged. */
export function lastTemplate(
  release: Release,
  plan: Plan,
  name: 'gate' | 'close',
  more: readonly string[],
): Template {
  const judged = plan.gate ? plan.steps.filter((step) => isJudged(plan, step)) : [];
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
    ...placementFor(release, plan, judged),
  };
}

/** Where what calls some steps runs: where the first of them does. */
function placementFor(release: Release, plan: Plan, [first]: readonly PlanStep[]): Placement {
  return first ? demandsOf(release, plan.pipeline, first).placement : placementOf(release);
}

/** Whether data comes in by a step: it makes something, and of no product of another (fabrica.pipelines says the same). */
function bringsData({ after, products }: PlanStep): boolean {
  return !after.length && Boolean((products as unknown[] | undefined)?.length);
}

/** Whether the gate calls a step. */
export function isJudged({ gate }: Plan, { name, products }: PlanStep): boolean {
  const made = (products as { name: string }[] | undefined)?.map((product) => product.name) ?? [];
  return (
    gate?.rejudge.includes(name) || made.some((one) => one === gate?.model || one === gate?.metrics) || false
  );
}

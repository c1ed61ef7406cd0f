import type { Place } from '../support/errors';
import { CHUNKS, tag } from './parameters';
import type { PlanStep } from './plan';
import {
  placementOf,
  reservedVariable,
  resourcesOf,
  secretVariables,
  type Variable,
  type Wanted,
} from './pod';
import { pipelineSettings, type Release } from './release';
import { bytes, cpus } from './quantities';

/** A template of a workflow. */
export type Template = Readonly<Record<string, unknown>> & { readonly name: string };

/** How often a pod is started again that failed for nothing that its step did. */
const LOST = 3;
/** Beside the step's own timeout, which its process keeps: for a pod that no longer answers, and the pull of its image. */
const GRACE = 300;

/** The run that a container belongs to: Kubernetes fills in the variable. */
export const OF_RUN = ['--run', '$(FABRICA_RUN)'];

/** What the container of a step asks for, and where it runs. */
export function demandsOf(release: Release, pipeline: string, step: PlanStep) {
  const { nodeSelector, tolerations } = pipelineSettings(release, pipeline).resources?.[step.name] ?? {};
  const { resources } = step;
  return {
    resources: resourcesOf(release, resources, `step ${step.name}`, placeOf(release, step)),
    placement: placementOf(release, { nodeSelector, tolerations }, resources.gpu),
  };
}

function placeOf({ project }: Release, { file, line }: PlanStep): Place {
  return { file: `${project.folder}/${file}`, line };
}

/**
 * The template of a step. One that runs per value takes a chunk of the values, one after the other.
 *
 * @param values how many of them a chunk has
 */
export function stepTemplate(
  release: Release,
  pipeline: string,
  step: PlanStep,
  name: string,
  values: number,
): Template {
  const { resources, placement } = demandsOf(release, pipeline, step);
  const isEach = step.scope === 'each';
  const chunk = isEach ? ['--chunk', `{{inputs.parameters.chunk}}/${tag(CHUNKS)}`] : [];
  const deadline = step.timeoutSeconds
    ? Math.ceil(step.timeoutSeconds * Math.max(1, values)) + GRACE
    : undefined;
  return {
    name,
    ...(isEach ? { inputs: { parameters: [{ name: 'chunk' }] } } : {}),
    ...(deadline === undefined ? {} : { activeDeadlineSeconds: deadline }),
    container: {
      args: ['step', pipeline, step.name, ...OF_RUN, ...chunk, '--attempt', '{{=asInt(retries) + 1}}'],
      env: [reservedVariable(release, resources), ...secretsOf(release, [step])],
      resources,
    },
    retryStrategy: retryStrategy(step.retries),
    ...placement,
  };
}

/** The secrets of some steps, each once. */
export function secretsOf(release: Release, steps: readonly PlanStep[]): Variable[] {
  const all = steps.flatMap((step) =>
    secretVariables(release, step.secrets, `step ${step.name}`, placeOf(release, step)),
  );
  return [...new Map(all.map((variable) => [variable.name, variable])).values()];
}

/**
 * Tries again what failed for no fault of the step's: a pod that was deleted, evicted, or lost with its node, and so
 * has no exit code or that of a step which was interrupted (130), or that could not reach the store (75). And, as often as the step says, what its code raised:
 * `fabrica.pipelines step` ends with 1 then, and with another code where trying again would be for nothing.
 */
export function retryStrategy(retries: number) {
  const lost = [
    "lastRetry.status == 'Error'",
    "lastRetry.exitCode == '75'",
    "lastRetry.exitCode == '130'",
    "(lastRetry.exitCode == '-1' && !(lastRetry.message contains 'deadline'))",
  ];
  const raised = `(lastRetry.exitCode == '1' && asInt(retries) < ${retries})`;
  return {
    limit: Math.max(retries, LOST),
    retryPolicy: 'Always',
    expression: [...lost, ...(retries ? [raised] : [])].join(' || '),
    backoff: { duration: '10s', factor: 2, cap: '5m' },
  };
}

/** The most that some steps ask for: what calls them one after the other needs as much. */
export function mostOf({ environment: { defaults } }: Release, steps: readonly PlanStep[]): Wanted {
  const all = steps.map(({ resources }) => resources);
  const largest = <T>(values: readonly T[], size: (value: T) => number): T | undefined =>
    [...values].sort((a, b) => size(b) - size(a))[0];
  return {
    cpu: largest(
      all.map(({ cpu }) => cpu ?? defaults.cpu),
      cpus,
    ),
    memory: largest(
      all.map(({ memory }) => memory ?? defaults.memory),
      bytes,
    ),
    gpu: largest(
      all.map(({ gpu }) => gpu ?? 0),
      Number,
    ),
  };
}

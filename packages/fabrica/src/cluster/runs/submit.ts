import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { accessManifests } from '../access';
import { checkManifest } from '../check';
import { toYaml } from '../emit';
import { kubectl, kubectlFailure } from '../kubectl';
import { APPLY } from '../owned';
import { RUN, TRIGGER } from '../parameters';
import type { Plan } from '../plan';
import { pipelineName, type Manifest, type Release } from '../release';
import { executorOf, workflowTemplate } from '../workflow';
import { RUN_LABEL, type Workflow } from './objects';

/** An id as the runner makes them: it begins with the time, so that runs sort. */
export function newRun(now = new Date()): string {
  const [time = '', rest = ''] = now.toISOString().replaceAll(/[-:Z]/g, '').split('.');
  return `${time}-${rest}000-${randomBytes(2).toString('hex')}`;
}

type Sets = Readonly<Record<string, string>>;

/** The parameters among what a person typed, as the workflow takes them; what they run for is in the plan. */
export function setsOf(typed: readonly string[]): Sets {
  const sets: Record<string, string> = {};
  for (let index = 0; index < typed.length; index += 2) {
    const [option, value = ''] = typed.slice(index, index + 2);
    if (option === '--set') sets[value.split('=')[0] as string] = value.slice(value.indexOf('=') + 1);
    if (option === '--settings')
      for (const [name, one] of Object.entries(JSON.parse(value) as object))
        sets[name] = typeof one === 'string' ? one : JSON.stringify(one);
  }
  return sets;
}

/** A run of a pipeline as it is here, beside what is deployed: a workflow of its own, with all that it needs in it. */
export function workflowOf(release: Release, plan: Plan, run: string, sets: Sets): Manifest {
  const template = workflowTemplate(release, plan);
  checkManifest(template);
  const { metadata, spec } = template as Manifest & { spec: Workflow['spec'] };
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: {
      ...metadata,
      name: `${pipelineName(release, plan.pipeline)}-${randomBytes(3).toString('hex')}`,
      labels: { ...(metadata.labels as object), [RUN_LABEL]: run },
    },
    spec: withParameters(spec, { ...sets, [RUN]: run, [TRIGGER]: triggerOf() }),
  };
}

/** The same run once more: its workflow as it was, which does what is missing. */
export function continued({ metadata, spec, status }: Workflow, run: string): Manifest {
  // What was started from a template has that in its status, with the reference to it.
  const { shutdown: _, workflowTemplateRef: __, ...own } = status?.storedWorkflowTemplateSpec ?? spec;
  const given = (spec.arguments?.parameters ?? []).map(({ name, value = '' }) => [name, value] as const);
  const base = metadata.name.replace(/-(\w{5,6}|\d{10})$/, '');
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: {
      name: `${base}-${randomBytes(3).toString('hex')}`,
      labels: { ...fabricaLabels(metadata.labels), [RUN_LABEL]: run },
    },
    spec: withParameters(own, { ...Object.fromEntries(given), [RUN]: run, [TRIGGER]: triggerOf() }),
  };
}

/** Without those that Argo writes. */
function fabricaLabels(labels: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).filter(([name]) => !name.startsWith('workflows.argoproj.io/')),
  );
}

function triggerOf(): string {
  return `person:${userInfo().username}`;
}

/** A parameter whose default is code is none of the template's: what opens the run is given it. */
function withParameters(spec: Workflow['spec'], sets: Sets): Workflow['spec'] {
  const parameters = (spec.arguments?.parameters ?? []).map((one) =>
    Object.hasOwn(sets, one.name) ? { ...one, value: sets[one.name] } : one,
  );
  const known = new Set(parameters.map(({ name }) => name));
  const more = Object.entries(sets).flatMap(([name, value]) =>
    known.has(name) ? [] : ['--set', `${name}=${value}`],
  );
  const templates = spec.templates?.map((template) =>
    template.name === 'open' && template.container
      ? {
          ...template,
          container: { ...template.container, args: [...(template.container.args ?? []), ...more] },
        }
      : template,
  );
  return { ...spec, arguments: { parameters }, templates };
}

/**
 * Starts a run.
 *
 * @returns the workflow's name
 * @throws FabricaError those of kubectl
 */
export async function submit(
  environment: Release['environment'],
  workflow: Manifest,
  signal: AbortSignal,
): Promise<string> {
  const how = ['create', '--filename=-', '--output=jsonpath={.metadata.name}'];
  const result = await kubectl(environment, how, { input: toYaml([workflow]), signal });
  if (result.code !== 0) throw kubectlFailure(result, environment);
  return result.stdout.trim();
}

/**
 * Makes the accounts that pods of a project have, where it was never deployed: a deploy keeps them afterwards.
 *
 * @throws FabricaError those of kubectl
 */
export async function ensureAccess(release: Release, signal: AbortSignal): Promise<void> {
  const { environment, project } = release;
  const accounts = ['get', 'serviceaccounts', project.name, executorOf(project.name), '--output=name'];
  if ((await kubectl(environment, accounts, { signal })).code === 0) return;
  const how = ['apply', ...APPLY, '--filename=-'];
  const result = await kubectl(environment, how, { input: toYaml(accessManifests(release)), signal });
  if (result.code !== 0) throw kubectlFailure(result, environment);
}

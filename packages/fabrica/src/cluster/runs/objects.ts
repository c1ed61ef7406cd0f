import { gunzipSync } from 'node:zlib';
import type { Environment } from '../../workspace';
import { kubectl, kubectlFailure } from '../kubectl';
import { CHUNKS, RUN } from '../parameters';
import type { Manifest } from '../release';

/** A task of a workflow, as Argo keeps it: a DAG, a step with its tries (`Retry`), or one of these (`Pod`). */
export interface Node {
  readonly id: string;
  readonly displayName: string;
  readonly type: string;
  readonly templateName?: string;
  readonly phase: string;
  readonly message?: string;
  readonly children?: readonly string[];
  readonly inputs?: { readonly parameters?: readonly { readonly name: string; readonly value?: string }[] };
}

interface Template {
  readonly name: string;
  readonly container?: {
    readonly args?: readonly string[];
    readonly resources?: { readonly limits?: { readonly memory?: string } };
  };
}

interface Status {
  readonly phase?: string;
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string | null;
  readonly nodes?: Readonly<Record<string, Node>>;
  /** In the place of `nodes`, where these are many. */
  readonly compressedNodes?: string;
  readonly storedWorkflowTemplateSpec?: Spec;
}

interface Spec {
  readonly arguments?: {
    readonly parameters?: readonly { readonly name: string; readonly value?: string }[];
  };
  readonly templates?: readonly Template[];
  readonly shutdown?: string;
  readonly workflowTemplateRef?: { readonly name: string };
}

/** A run in a cluster, as far as it is looked at. */
export interface Workflow extends Manifest {
  readonly metadata: Manifest['metadata'] & {
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: Spec;
  readonly status?: Status;
}

/** The label of the runs that are started here; those of a schedule have none. */
export const RUN_LABEL = 'fabrica/run';

/** The id of the run that a workflow is: what it was given, else as the template makes it. */
export function runOf({ metadata, spec }: Workflow): string {
  const given = spec.arguments?.parameters?.find(({ name }) => name === RUN)?.value;
  if (given) return given;
  const time = metadata.creationTimestamp.replaceAll(/[-:]/g, '').replace('Z', '');
  return `${time}-${metadata.uid.slice(0, 8)}`;
}

/** How many pods the values are divided among. */
export function chunksIn({ spec, status }: Workflow): string {
  const all = [
    ...(spec.arguments?.parameters ?? []),
    ...(status?.storedWorkflowTemplateSpec?.arguments?.parameters ?? []),
  ];
  return all.find(({ name }) => name === CHUNKS)?.value ?? '1';
}

/** The template of a node. */
export function templateOf({ spec, status }: Workflow, { templateName }: Node): Template | undefined {
  const all = spec.templates ?? status?.storedWorkflowTemplateSpec?.templates ?? [];
  return all.find(({ name }) => name === templateName);
}

/** The nodes of a workflow, unpacked. */
export function nodesOf({ status }: Workflow): Readonly<Record<string, Node>> {
  if (!status?.compressedNodes) return status?.nodes ?? {};
  return JSON.parse(gunzipSync(Buffer.from(status.compressedNodes, 'base64')).toString()) as Record<
    string,
    Node
  >;
}

/** Whether a phase of Argo's is one that nothing follows. */
export function isOver(phase: string | undefined): boolean {
  return ['Succeeded', 'Failed', 'Error', 'Skipped', 'Omitted'].includes(phase ?? '');
}

/** Whether a workflow has ended, its exit handler too. */
export function hasEnded({ status }: Workflow): boolean {
  return isOver(status?.phase) && Boolean(status?.finishedAt);
}

/** As Argo names the pod of a node. */
export function podOf({ metadata }: Workflow, { id, templateName }: Node): string {
  const LONGEST = 253 - 1 - 10;
  return `${`${metadata.name}-${templateName}`.slice(0, LONGEST)}${id.slice(id.lastIndexOf('-'))}`;
}

/**
 * The workflows that labels select, the newest first.
 *
 * @throws FabricaError those of kubectl
 */
export async function workflowsOf(
  environment: Environment,
  selector: string,
  signal: AbortSignal,
): Promise<Workflow[]> {
  const args = ['get', 'workflows.argoproj.io', '--selector', selector, '--output=json'];
  const result = await kubectl(environment, args, { signal });
  if (result.code !== 0) throw kubectlFailure(result, environment);
  const { items } = JSON.parse(result.stdout) as { items: Workflow[] };
  const time = ({ metadata }: Workflow): string => metadata.creationTimestamp;
  return items.sort((a, b) => time(b).localeCompare(time(a)));
}

/**
 * Ends a run: `Stop` lets its exit handler write how, `Terminate` does not.
 *
 * @throws FabricaError those of kubectl
 */
export async function shutDown(
  environment: Environment,
  workflow: string,
  how: 'Stop' | 'Terminate',
  signal: AbortSignal,
): Promise<void> {
  const patch = JSON.stringify({ spec: { shutdown: how } });
  const args = ['patch', 'workflows.argoproj.io', workflow, '--type=merge', `--patch=${patch}`];
  const result = await kubectl(environment, args, { signal });
  if (result.code !== 0) throw kubectlFailure(result, environment);
}

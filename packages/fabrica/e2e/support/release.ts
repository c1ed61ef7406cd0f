import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { commandEnvironment, pythonOf } from '../../bin/shared.cjs';
import { freePort } from '../../src/support/ports';
import { run } from '../../src/support/processes';
import { kubectl, PROJECT, type Cluster } from './cluster';
import { Door } from './door';
import type { Workspace } from './workspace';

/** Runs a pipeline on this machine, with the store of the cluster. */
export async function runPipeline(workspace: Workspace, pipeline: string, set: string): Promise<void> {
  const at = workspace.path(PROJECT);
  const env = commandEnvironment(workspace.root, at, { ...process.env, FABRICA_ENVIRONMENT: 'staging' });
  const args = ['-m', 'fabrica.pipelines', 'run', pipeline, '--set', set];
  const { code, stderr } = await run(pythonOf(at), args, { cwd: at, env });
  if (code !== 0) throw new Error(stderr);
}

/** Starts a run in the cluster, as Argo's own UI does; returns the workflow's name. */
export function submitRun(
  cluster: Cluster,
  template: string,
  parameters: Record<string, string>,
  credentials: readonly string[] = [],
): string {
  const workflow = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: { generateName: `${template}-` },
    spec: {
      workflowTemplateRef: { name: template },
      arguments: { parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })) },
    },
  };
  const how = ['create', '-f', '-', '--output=jsonpath={.metadata.name}'];
  return cluster.kubectl([...credentials, ...how], JSON.stringify(workflow));
}

/** Resolves when something is so; who waits in vain is ended by Jest. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await wait(500);
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Record<string, unknown> }[];
  readonly users: readonly { user: Record<string, unknown> }[];
}

function ownKubeconfig(): Kubeconfig {
  return JSON.parse(
    kubectl(['config', 'view', '--raw', '--minify', '--flatten', '--output=json']),
  ) as Kubeconfig;
}

/** Gone with the workspace. */
function written(workspace: Workspace, name: string, config: Kubeconfig): string {
  const file = workspace.path(`.fabrica/kubeconfig-${name}`);
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** The credentials of an account that may do nothing. */
export function kubeconfigOfNobody(cluster: Cluster): string {
  cluster.kubectl(['create', 'serviceaccount', 'nobody']);
  return kubeconfigOf(cluster, 'nobody');
}

/** The credentials of an account in the namespace, under the names of our own. */
export function kubeconfigOf(cluster: Cluster, account: string): string {
  const token = cluster.kubectl(['create', 'token', account]);
  const config = ownKubeconfig();
  return written(cluster.workspace, account, {
    ...config,
    users: config.users.map((one) => ({ ...one, user: { token } })),
  });
}

/** A way to the API server that a test can shut: what stands for one that is away. */
export async function doorToApiServer(
  workspace: Workspace,
): Promise<{ readonly door: Door; readonly kubeconfig: string }> {
  const config = ownKubeconfig();
  const [{ cluster } = { cluster: {} }] = config.clusters;
  const { hostname, port } = new URL(cluster.server as string);
  const here = '127.0.0.1';
  const door = await new Door(here, await freePort(), Number(port)).open();
  const clusters = config.clusters.map((one) => ({
    ...one,
    cluster: { ...one.cluster, server: `https://${here}:${door.port}`, 'tls-server-name': hostname },
  }));
  return { door, kubeconfig: written(workspace, 'door', { ...config, clusters }) };
}

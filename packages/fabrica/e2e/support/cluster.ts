import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import image from '../../src/executors/image/executor';
import type { ImageRecord } from '../../src/images/record';
import { docker, sync } from './docker';
import { prepare, PROJECT, type Preparation } from './rides';
import { startBucket, startRegistry, type Bucket, type Server } from './servers';
import type { Workspace } from './workspace';

export { PROJECT };

/** With the environment of the test: Jest gives it one of its own, which Node's modules don't see. */
const how = { encoding: 'utf8' as const, env: process.env };

/** Where pods reach servers of this machine; undefined where there is no cluster on it. */
const address = addressOfNode();

function addressOfNode(): string | undefined {
  const asked = (program: string, ...args: string[]): string =>
    spawnSync(program, args, how).stdout?.trim() ?? '';
  const crd = ['crd', 'workflows.argoproj.io', '--output=name', '--request-timeout=10s'];
  if (!asked('kubectl', 'get', ...crd)) return undefined;
  const path = '{.items[*].status.addresses[?(@.type=="InternalIP")].address}';
  const nodes = asked('kubectl', 'get', 'nodes', `--output=jsonpath=${path}`).split(' ');
  // Node knows no interface that is down, as a bridge is while no pod runs.
  const own = asked('ip', '-oneline', 'address');
  return nodes.find((node) => own.includes(` ${node}/`));
}

/** What is missing for tests on a real cluster; undefined when nothing is. */
function missing(): string | undefined {
  if (!address) return 'kubectl knows no cluster with Argo Workflows on this machine';
  if (spawnSync('docker', ['version'], how).status !== 0) return 'Docker does not answer here';
  return spawnSync('registry', ['--version']).error && 'there is no program "registry" here';
}

/** Tests on a real cluster; where there is none, the report names them as skipped, and why. */
export function describeWithCluster(name: string, tests: () => void): void {
  const reason = missing();
  if (reason) describe.skip(`${name} (${reason})`, () => it('is skipped', () => undefined));
  else describe(name, tests);
}

/** kubectl, in no namespace of its own. */
export function kubectl(args: readonly string[], input?: string): string {
  const maxBuffer = 64 * 1024 ** 2;
  return execFileSync('kubectl', args, { ...how, input, maxBuffer, stdio: 'pipe' }).trim();
}

/** A namespace with all that an environment needs; `environments/staging.yaml` describes it. */
export class Cluster {
  /** The image that was pushed last, by its digest. */
  image = '';
  /** The store that the environment names. */
  bucket: Bucket | undefined;
  readonly namespace = `e2e-${randomUUID().slice(0, 8)}`;
  private readonly servers: Server[] = [];

  private constructor(readonly workspace: Workspace) {}

  /**
   * Makes the namespace, a registry of images and a bucket that pods reach, and a project whose image is pushed.
   *
   * @param project what it is made of, or which of this repository, of which the workspace is a clone then
   * @param more lines for environments/staging.yaml
   * @param store false where nothing needs the bucket; `pushed`, where nothing needs the image
   */
  static async start(
    workspace: Workspace,
    project: Preparation | string,
    more = '',
    { store = true, pushed = true } = {},
  ): Promise<Cluster> {
    const cluster = new Cluster(workspace);
    try {
      await cluster.prepare(project, more, store);
      if (pushed) await cluster.push(typeof project === 'string' ? project : PROJECT);
      return cluster;
    } catch (error) {
      await cluster.end();
      throw error;
    }
  }

  /** kubectl, in the namespace. */
  kubectl(args: readonly string[], input?: string): string {
    return kubectl(['--namespace', this.namespace, ...args], input);
  }

  /** Objects of the namespace. */
  get<T>(...what: string[]): T {
    return JSON.parse(this.kubectl(['get', ...what, '--output=json'])) as T;
  }

  /** Where a service answers, which every machine of the cluster reaches. */
  addressOf(service: string): string {
    return this.kubectl(['get', 'service', service, '--output=jsonpath={.spec.clusterIP}']);
  }

  /** Builds and pushes the image of the project as it is committed. */
  async push(folder: string): Promise<ImageRecord> {
    const answer = await this.workspace.run(image, folder, {
      json: true,
      push: true,
      registry: this.registry,
    });
    if (!answer.success) throw new Error(answer.stderr);
    const record = JSON.parse(answer.stdout) as ImageRecord;
    this.image = record.reference as string;
    return record;
  }

  async end(): Promise<void> {
    this.bucket?.door.shut();
    for (const server of this.servers) {
      server.process.kill();
      rmSync(server.folder, { recursive: true, force: true });
    }
    for (const name of Object.keys(this.variables)) delete process.env[name];
    kubectl(['delete', 'namespace', this.namespace, '--ignore-not-found', '--wait=false']);
    const images = docker('images', '--quiet', `${this.registry}/*`).split('\n').filter(Boolean);
    if (images.length) docker('rmi', '--force', ...new Set(images));
  }

  private registry = '';
  private variables: Record<string, string> = {};

  private async prepare(project: Preparation | string, more: string, store: boolean): Promise<void> {
    // The engine's own: one that stands alone sends it each image as a whole.
    process.env.BUILDX_BUILDER = 'default';
    const [images, bucket] = await Promise.all([
      startRegistry(),
      store ? startBucket(address as string) : undefined,
    ]);
    this.servers.push(images, ...(bucket ? [bucket] : []));
    this.bucket = bucket;
    this.registry = `${images.address}/science`;
    const { credentials = {}, variables = {} } = bucket ?? {};
    this.variables = { ...credentials, ...variables };
    Object.assign(process.env, this.variables);
    this.createNamespace(credentials);
    const isClone = typeof project === 'string';
    if (isClone) this.workspace.clone();
    else {
      await prepare(this.workspace, project);
      this.workspace.write('nx.json', '{ "plugins": [{ "plugin": "fabrica/plugin" }] }');
    }
    this.workspace.write(
      'environments/staging.yaml',
      [
        `context: ${kubectl(['config', 'current-context'])}`,
        `namespace: ${this.namespace}`,
        `registry: ${this.registry}`,
        `store: ${bucket?.address ?? 's3://nowhere/science'}`,
        `variables: ${JSON.stringify(variables)}`,
        ...(bucket ? ['secrets:'] : []),
        ...Object.keys(credentials).map((name) => `  ${name}: { secret: store, key: ${name}, all: true }`),
        more || 'defaults: { cpu: 100m, memory: 256Mi }',
        '',
      ].join('\n'),
    );
    if (!isClone) await sync(this.workspace);
    this.workspace.commit('All in place');
  }

  /** One that takes restricted pods alone. */
  private createNamespace(credentials: Record<string, string>): void {
    kubectl(['create', 'namespace', this.namespace]);
    kubectl(['label', 'namespace', this.namespace, 'pod-security.kubernetes.io/enforce=restricted']);
    const literals = Object.entries(credentials).map(([name, value]) => `--from-literal=${name}=${value}`);
    this.kubectl(['create', 'secret', 'generic', 'store', ...literals]);
  }
}

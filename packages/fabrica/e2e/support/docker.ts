import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import lock from '../../src/executors/lock/executor';
import publish from '../../src/executors/publish/executor';
import syncGenerator from '../../src/generators/sync/generator';

import { flushChanges, FsTree } from 'nx/src/generators/tree';
import type { Workspace } from './workspace';

const answers = spawnSync('docker', ['version']).status === 0;

/** Tests with a real engine; where Docker doesn't answer, the report names them as skipped, and why. */
export function describeWithDocker(name: string, tests: () => void): void {
  if (answers) describe(name, tests);
  else describe.skip(`${name} (Docker does not answer here)`, tests);
}

/** With the environment of the test: Jest gives it one of its own, which Node's modules don't see. */
export function docker(...args: string[]): string {
  return execFileSync('docker', args, {
    encoding: 'utf8',
    env: process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** Runs a container that can write nowhere but to /tmp; answers what it printed. */
export function runReadOnly(image: string, ...args: string[]): string {
  return docker('run', '--rm', '--read-only', '--tmpfs', '/tmp', image, ...args);
}

export const PROJECT = 'projects/bikes';

/** A project with a package of the house, one of the world, and a test. */
export async function prepareBikes(workspace: Workspace): Promise<void> {
  workspace.package('routes', { code: '6 * 7 - 1' });
  workspace.project('bikes', ['acme-routes', 'iniconfig']);
  const manifest = `${PROJECT}/pyproject.toml`;
  workspace.write(manifest, workspace.read(manifest).replace('dev = ["iniconfig"]', 'dev = ["pytest"]'));
  workspace.write(`${PROJECT}/src/bikes/__init__.py`, 'from acme.routes import CODE\n\nANSWER = CODE + 1\n');
  workspace.write(`${PROJECT}/tests/test_bikes.py`, TEST);
  workspace.write(`${PROJECT}/data/days.csv`, 'day\n1\n');
  workspace.write('nx.json', '{ "plugins": [{ "plugin": "fabrica/plugin" }] }');
  workspace.start();
  await ok(workspace.run(publish, 'packages/routes', {}));
  await ok(workspace.run(lock, PROJECT, {}));
  await sync(workspace);
  workspace.commit('All in place');
}

const TEST = `import bikes


def test_the_answer():
    assert bikes.ANSWER == 42
`;

async function ok(answer: Promise<{ success: boolean; stderr: string }>): Promise<void> {
  const { success, stderr } = await answer;
  if (!success) throw new Error(stderr);
}

/** `nx sync`, in this process. */
export async function sync(workspace: Workspace): Promise<void> {
  const tree = new FsTree(workspace.root, false);
  await syncGenerator(tree);
  flushChanges(workspace.root, tree.listChanges());
}

/** A way to a server that a test can cut: what stands for a server that is killed. */
export interface Line {
  readonly port: number;
  /** Resolves when the server has said a text. */
  said(text: string): Promise<void>;
  cut(): void;
}

/** Opens a line to a socket of this machine. */
export async function lineTo(socket: string): Promise<Line> {
  const sockets = new Set<Socket>();
  const listeners = new Set<(chunk: string) => void>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const behind = connect({ path: socket, allowHalfOpen: true });
    for (const one of [client, behind]) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => [client, behind].forEach((end) => end.destroy()));
    }
    behind.on('data', (chunk: Buffer) => listeners.forEach((listener) => listener(chunk.toString('latin1'))));
    client.pipe(behind).pipe(client);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    said: (text) => new Promise((done) => listeners.add((chunk) => chunk.includes(text) && done())),
    cut: () => {
      server.close();
      sockets.forEach((one) => one.destroy());
    },
  };
}

/** The images that were built from commits of a workspace: another one may have a project of the same name. */
export function imagesOf(workspace: Workspace): string[] {
  const commits = workspace.git('rev-list', '--all', '--abbrev-commit', '--abbrev=12').split('\n');
  const lines = docker('images', '--format', '{{.ID}} {{.Tag}}').split('\n');
  const own = lines.filter((line) => commits.some((commit) => line.includes(commit)));
  return [...new Set(own.map((line) => line.split(' ')[0] as string))];
}

/** Takes away what was built from commits of a workspace. */
export function removeImagesOf(workspace: Workspace): void {
  const images = imagesOf(workspace);
  if (images.length) docker('rmi', '--force', ...images);
}

/** The socket of Docker's engine. */
export function engineSocket(): string {
  return docker('context', 'inspect', '--format', '{{.Endpoints.docker.Host}}').replace('unix://', '');
}

/** The socket of what builds: the engine's, or that of a builder that stands alone. */
export function builderSocket(): { readonly socket: string; readonly alone: boolean } {
  const endpoint = /^Endpoint:\s*unix:\/\/(\S+)/m.exec(docker('buildx', 'inspect'))?.[1];
  if (endpoint && existsSync(endpoint)) return { socket: endpoint, alone: true };
  return { socket: engineSocket(), alone: false };
}

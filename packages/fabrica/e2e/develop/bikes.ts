import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { composeName } from '../../src/develop/compose';
import lock from '../../src/executors/lock/executor';
import { docker, PROJECT, sync } from '../support/docker';
import { ended, type Workspace } from '../support/workspace';

export { PROJECT };

/** Whoever owns the project in these tests: no root, whoever runs them. */
export const OWNER = 1234;

/** What builds outside these tests, newer than the engine's own: it knows the line of what fails. */
export const BUILDER = process.env.BUILDX_BUILDER ?? '';

/** A project with notebooks and a compose file of its own, and a shared package that it doesn't use yet. */
export async function prepareBikes(workspace: Workspace): Promise<void> {
  // What a person develops in need not be the same bytes twice: the engine's own builder needs no way to the engine.
  process.env.BUILDX_BUILDER = 'default';
  workspace.package('routes', { code: '42' });
  workspace.project('bikes', ['iniconfig']);
  workspace.write('nx.json', '{ "plugins": [{ "plugin": "fabrica/plugin" }] }');
  const manifest = `${PROJECT}/pyproject.toml`;
  workspace.write(
    manifest,
    workspace.read(manifest).replace('dev = ["iniconfig"]', 'dev = ["ipykernel", "pytest"]'),
  );
  workspace.write(`${PROJECT}/tests/test_bikes.py`, 'import bikes\n\n\ndef test_it():\n    assert bikes\n');
  workspace.write(`${PROJECT}/compose.yaml`, COMPOSE);
  workspace.start();
  const { success, stderr } = await workspace.run(lock, PROJECT, {});
  if (!success) throw new Error(stderr);
  await sync(workspace);
  workspace.commit('All in place');
  give(workspace.path(PROJECT));
}

/** A service that answers with a file of the project, and is waited for. */
const COMPOSE = `services:
  days:
    image: python:3.11-slim-bookworm
    init: true
    command: [python, -m, http.server, "9000"]
    working_dir: /days
    volumes: ["./tests:/days:ro"]
    healthcheck:
      test: [CMD, python, -c, "import urllib.request as r; r.urlopen('http://127.0.0.1:9000')"]
      interval: 500ms
      retries: 60
  develop:
    depends_on: {days: {condition: service_healthy}}
`;

function give(path: string): void {
  if (process.getuid?.() !== 0) return;
  chownSync(path, OWNER, OWNER);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) give(join(path, entry.name));
    else chownSync(join(path, entry.name), OWNER, OWNER);
  }
}

/** The containers of the project, running or not. */
export function containersOf({ root }: Workspace): string[] {
  const filter = `label=com.docker.compose.project=${composeName(root, 'bikes')}`;
  return docker('ps', '--all', '--filter', filter, '--format', '{{.Names}}')
    .split('\n')
    .filter(Boolean)
    .sort();
}

/** Runs \`develop\` to its end, in a process of its own. */
export function develop(
  workspace: Workspace,
  options: object,
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; output: string }> {
  return ended(workspace.spawn('develop', PROJECT, options, env));
}

/** The first line of JSON that a process prints. */
export function answered(child: ChildProcess): Promise<{ notebook: string; outcome: string }> {
  let output = '';
  return new Promise((done, failed) => {
    const look = (chunk: Buffer): void => {
      output += chunk.toString();
      const line = /^\{.*\}$/m.exec(output)?.[0];
      if (line) done(JSON.parse(line) as { notebook: string; outcome: string });
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('close', () => failed(new Error(`ended without an answer:\n${output}`)));
  });
}

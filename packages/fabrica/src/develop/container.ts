import { randomBytes } from 'node:crypto';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { docker, dockerDown } from '../images/docker';
import { FabricaError } from '../support/errors';
import { failed, type RunResult } from '../support/processes';
import { LAB_PORT } from './dockerfile';
import { composeName, WITH_LABEL, type Port } from './compose';

/** Where the containers of a project are described. */
export interface Stack {
  readonly root: string;
  readonly project: string;
  /** Relative to the workspace. */
  readonly folder: string;
  /** The toolkit's own, and the project's compose.yaml when there is one; absolute. */
  readonly files: readonly string[];
}

/** A project's container, running or not. */
export interface Container {
  readonly id: string;
  readonly running: boolean;
  /** The tag of its image. */
  readonly image: string;
  readonly packages: readonly string[];
  readonly ports: readonly Port[];
  /** Of JupyterLab, unless an editor started it, or it has none. */
  readonly token?: string;
}

const inspected = z.object({
  Id: z.string(),
  State: z.object({ Running: z.boolean() }),
  Config: z.object({
    Image: z.string(),
    Env: z.array(z.string()).nullable(),
    Labels: z.record(z.string(), z.string()).nullable(),
  }),
  HostConfig: z.object({
    PortBindings: z.record(z.string(), z.array(z.object({ HostPort: z.string() })).nullable()).nullable(),
  }),
});

/**
 * The container of a project; undefined when there is none.
 *
 * @throws FabricaError `no-docker`, `docker-down`
 */
export async function findContainer(
  root: string,
  project: string,
  signal?: AbortSignal,
): Promise<Container | undefined> {
  const result = await docker(['container', 'inspect', composeName(root, project)], { signal });
  if (result.code !== 0) {
    if (/no such container/i.test(result.stderr)) return undefined;
    throw dockerDown(result);
  }
  const [found] = z.array(inspected).parse(JSON.parse(result.stdout));
  if (!found) return undefined;
  const { Config, HostConfig } = found;
  return {
    id: found.Id,
    running: found.State.Running,
    image: Config.Image,
    packages: (Config.Labels?.[WITH_LABEL] ?? '').split(',').filter(Boolean),
    ports: Object.entries(HostConfig.PortBindings ?? {}).flatMap(([inside, bindings]) =>
      (bindings ?? []).map(({ HostPort }) => ({
        inside: Number.parseInt(inside, 10),
        outside: Number(HostPort),
      })),
    ),
    token: Config.Env?.find((line) => line.startsWith('JUPYTER_TOKEN='))?.slice('JUPYTER_TOKEN='.length),
  };
}

/** Where JupyterLab of a container is opened; undefined when it has none, or nobody here knows its token. */
export function labAddress({ ports, token }: Container): string | undefined {
  const port = ports.find(({ inside }) => inside === LAB_PORT)?.outside;
  return port && token ? `http://127.0.0.1:${port}/lab?token=${token}` : undefined;
}

/** Thrown when a port was taken by another between the look at it and the start. */
export class PortTaken extends Error {}

/**
 * Starts the containers of a project, its services first.
 *
 * @param secret variables that reach the container by their names; they are written nowhere
 * @throws PortTaken; FabricaError `compose-failed`, `docker-down`
 */
export async function start(
  stack: Stack,
  secret: Readonly<Record<string, string>>,
  { signal, detail }: { readonly signal: AbortSignal; readonly detail: (text: string) => void },
): Promise<void> {
  const token = randomBytes(24).toString('hex');
  const result = await compose(stack, ['up', '--detach', '--remove-orphans', '--quiet-pull'], {
    signal,
    env: { ...process.env, ...secret, JUPYTER_TOKEN: token },
    onLine: (line) => detail(line.trim()),
  });
  if (result.code === 0) return;
  if (/port is already allocated|address already in use/i.test(result.stderr))
    throw new PortTaken(result.stderr);
  throw composeFailure(result, stack);
}

/** Ends the containers of a project. What services keep in volumes stays. */
export async function end(stack: Stack, signal?: AbortSignal): Promise<void> {
  const result = await compose(stack, ['down', '--remove-orphans', '--timeout', '10'], { signal });
  if (result.code !== 0) throw composeFailure(result, stack);
}

function compose(
  { root, project, folder, files }: Stack,
  args: readonly string[],
  options: Parameters<typeof docker>[1],
): Promise<RunResult> {
  const named = files.flatMap((file) => ['--file', file]);
  const place = ['--project-name', composeName(root, project), '--project-directory', `${root}/${folder}`];
  return docker(['compose', '--progress', 'plain', ...place, ...named, ...args], options);
}

/**
 * Waits until JupyterLab of a container answers.
 *
 * @throws FabricaError `lab-failed` with what it said, when its container ends
 */
export async function whenLabAnswers(
  root: string,
  project: string,
  container: Container,
  signal: AbortSignal,
): Promise<void> {
  const port = container.ports.find(({ inside }) => inside === LAB_PORT)?.outside;
  for (let tries = 1; port && !(await labAnswers(port, signal)); tries++) {
    await delay(100, undefined, { signal });
    if (tries % 10) continue;
    await checkRuns(root, project, container, signal);
  }
}

/**
 * Says what a container said last that ended by itself.
 *
 * @throws FabricaError `container-ended`
 */
export async function checkRuns(
  root: string,
  project: string,
  { id }: Container,
  signal: AbortSignal,
): Promise<void> {
  const found = await findContainer(root, project, signal);
  if (found?.id === id && found.running) return;
  const said = found && (await docker(['logs', '--tail', '15', id], { signal }));
  throw failed(said ?? { code: 1, stdout: '', stderr: '' }, {
    code: 'container-ended',
    message: `the container of ${project} has ended${found ? ' by itself' : ': somebody stopped it'}`,
    hint: `npx nx develop ${project}`,
  });
}

/** Docker takes connections before anything listens behind it, and then may never answer (nor does `fetch` end then). */
export async function labAnswers(port: number, signal: AbortSignal): Promise<boolean> {
  const answered = await new Promise<boolean>((done) => {
    const request = get({ host: '127.0.0.1', port, path: '/api', agent: false, timeout: 1_000, signal });
    request.on('response', (response) => {
      response.resume();
      done(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => done(false));
    request.on('close', () => done(false));
  });
  signal.throwIfAborted();
  return answered;
}

/** Whether the engine runs without root: then root in a container is the user outside. */
export async function isRootless(signal: AbortSignal): Promise<boolean> {
  const result = await docker(['info', '--format', '{{json .SecurityOptions}}'], { signal });
  if (result.code !== 0) throw dockerDown(result);
  return result.stdout.includes('name=rootless');
}

function composeFailure(result: RunResult, { project, folder, files }: Stack): FabricaError {
  const said = result.stderr;
  if (/unknown command|unknown flag: --(progress|file|project)|not a docker command/.test(said))
    return failed(result, {
      code: 'no-compose',
      message: 'this Docker has no Compose, which starts containers',
      hint: 'install the package docker-compose-plugin',
    });
  if (/Cannot connect to the Docker daemon|error during connect/i.test(said)) return dockerDown(result);
  const [, image] =
    /(?:pull access denied for|manifest for|failed to resolve reference "?) ?([\w./:-]+)/.exec(said) ?? [];
  if (image || /no such host|manifest unknown|failed to do request/i.test(said))
    return failed(result, {
      code: 'no-service-image',
      message: `the image${image ? ` ${image}` : ''} of a service can't be had`,
      hint: 'name one that can be: "images": { "services": { "postgres": "…" } } in nx.json, in the options of fabrica/plugin; docker login when its registry wants a password',
    });
  return failed(result, {
    code: 'compose-failed',
    message: `the containers of ${project} can't be started`,
    hint: files.length > 1 ? `look at ${folder}/compose.yaml` : `npx nx run ${project}:stop, then again`,
  });
}

import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGE_PORT } from '../layout/dockerfile';
import { composeFileIn } from '../layout/facts';
import { FabricaError } from '../support/errors';
import { stateFolder } from '../support/files';
import { withLock } from '../support/lock';
import { freePort } from '../support/ports';
import { listProcesses, type ProcessRecord } from '../support/processes';
import type { Progress } from '../support/progress';
import { confirm, isInteractive } from '../support/terminal';
import { readOptions, type Project } from '../workspace';
import { composeFile, portsInside, type Port } from './compose';
import { end, findContainer, isRootless, PortTaken, start, type Container, type Stack } from './container';
import { LAB_PORT } from './dockerfile';
import { passedOn, type Passed } from './environment';
import { developImage, ensureImage, ownerOf, type DevelopImage } from './image';

export interface SessionOptions {
  readonly root: string;
  readonly project: Project;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Shared packages from the working tree. */
  readonly packages: readonly string[];
  /** Puts another container in the place of the one that runs. */
  readonly fresh: boolean;
  /** The port to prefer for JupyterLab. */
  readonly port?: number;
}

/** A project's container that runs. */
export interface Session {
  readonly container: Container;
  readonly outcome: 'started' | 'joined';
  readonly passed: Passed;
}

/** The kind of process that has a project's container open. */
export const KIND = 'develop';

/** Where the containers of a project are described. */
export function stackOf(root: string, { name, folder }: Pick<Project, 'name' | 'folder'>): Stack {
  // A project that was removed can still have a container.
  const place = join(root, folder);
  const own = existsSync(place) ? composeFileIn(readdirSync(place)) : undefined;
  const files = [stateFolder(root, 'develop', name, 'compose.yaml'), ...(own ? [join(place, own)] : [])];
  return { root, project: name, folder, files };
}

/** What ends with the last session: no such file, and the container stays until it is stopped. */
const marker = (root: string, project: string): string => stateFolder(root, 'develop', project, 'attached');

/**
 * Starts the container of a project, or joins the one that runs. Several at once wait for each other.
 *
 * @throws FabricaError those of the lock, of Docker and of the build; `in-use`
 */
export async function open(options: SessionOptions): Promise<Session> {
  const { root, project, signal } = options;
  return locked(options, async () => {
    const image = await imageOf(options);
    const passed = passedFor(options);
    const found = await findContainer(root, project.name, signal);
    if (found?.running && !(await isReplaced(found, image, options)))
      return { container: found, outcome: 'joined', passed };
    await ensureImage(project, image, options);
    if (found) await end(stackOf(root, project));
    writeFileSync(marker(root, project.name), '');
    return { container: await startNew(options, image, passed), outcome: 'started', passed };
  });
}

/** Makes all ready that an editor needs to start the container itself. What runs is left as it is. */
export async function prepare(options: SessionOptions): Promise<Stack> {
  const { root, project, signal } = options;
  return locked(options, async () => {
    const stack = stackOf(root, project);
    const image = await imageOf(options);
    await ensureImage(project, image, options);
    if (!(await findContainer(root, project.name, signal))?.running)
      await describe(options, image, passedFor(options));
    return stack;
  });
}

/** From now on the container stays when those who use it leave. */
export function keep(root: string, project: string): void {
  rmSync(marker(root, project), { force: true });
}

/** Ends the containers, unless somebody else uses them or they are meant to stay; answers whether they are gone. */
export async function leave({ root, project, progress }: SessionOptions): Promise<boolean> {
  return withLock(root, lockOf(project.name), async () => {
    if (!existsSync(marker(root, project.name)) || others(root, project.name).length) return false;
    await progress.quietly(`Stopping the container of ${project.name}`, () => end(stackOf(root, project)));
    keep(root, project.name);
    return true;
  });
}

/**
 * Ends the containers of a project, whoever uses them; answers whether there were any. Where Docker is gone, nothing of
 * it runs.
 */
export async function endContainers(
  root: string,
  project: Pick<Project, 'name' | 'folder'>,
): Promise<boolean> {
  const stack = stackOf(root, project);
  if (!existsSync(stack.files[0] as string)) return false;
  return withLock(root, lockOf(project.name), async () => {
    keep(root, project.name);
    if (!(await whatRuns(root, project.name))) return false;
    await end(stack);
    return true;
  });
}

/** The container of a project, for those who also work without Docker. */
export async function whatRuns(root: string, project: string): Promise<Container | undefined> {
  if (!existsSync(stateFolder(root, 'develop', project))) return undefined;
  try {
    return await findContainer(root, project);
  } catch (error) {
    if (error instanceof FabricaError && ['no-docker', 'docker-down'].includes(error.code)) return undefined;
    throw error;
  }
}

/** Others who have the container open. */
export function others(root: string, project: string): ProcessRecord[] {
  return listProcesses(
    root,
    (one) => one.project === project && one.kind === KIND && one.pid !== process.pid,
  );
}

const lockOf = (project: string): string => `develop-${project}`;

function locked<T>({ root, project, signal, progress }: SessionOptions, work: () => Promise<T>): Promise<T> {
  makeHome(root, project);
  const onWait = (): void =>
    progress.say(`Waiting: another command starts or ends the container of ${project.name}`);
  return withLock(root, lockOf(project.name), work, { signal, onWait });
}

/** The home of who works in the container, which outlives it: a shell's history, what libraries keep. */
function makeHome(root: string, { name, folder }: Project): void {
  const home = stateFolder(root, 'develop', name, 'home');
  mkdirSync(home, { recursive: true });
  const { uid, gid } = ownerOf(root, folder, false);
  if (process.getuid?.() === 0) for (const path of [home, stateFolder(root, 'store')]) give(path, uid, gid);
}

/** Root may work on what is another's. */
function give(path: string, uid: number, gid: number): void {
  mkdirSync(path, { recursive: true });
  chownSync(path, uid, gid);
}

async function imageOf({ root, project, signal }: SessionOptions): Promise<DevelopImage> {
  return developImage(root, project, ownerOf(root, project.folder, await isRootless(signal)));
}

function passedFor({ root, project }: SessionOptions): Passed {
  const { folder, settings } = project;
  return passedOn({ root, folder, more: settings.develop?.environment ?? [], env: process.env });
}

/** A container that was made from something else than what is there now goes on, unless a person wants another. */
async function isReplaced(found: Container, image: DevelopImage, options: SessionOptions): Promise<boolean> {
  const { root, project, fresh, progress, signal } = options;
  const using = others(root, project.name);
  if (fresh && using.length) throw inUse(project.name, using);
  const isStale = found.image !== image.tag;
  if (fresh || !isStale) return fresh;
  const what = `The container of ${project.name} is older than its lock or Dockerfile`;
  if (!using.length && isInteractive() && (await confirm(`${what}. Make it anew?`, signal))) return true;
  progress.say(`${what}; to make it anew: npx nx develop ${project.name} --fresh`);
  return false;
}

/** Of several who start containers at once, each gets a port: whoever comes late looks for another. */
async function startNew(options: SessionOptions, image: DevelopImage, passed: Passed): Promise<Container> {
  const { root, project, progress, signal } = options;
  const stack = stackOf(root, project);
  await progress.phase('Container', async (work) => {
    for (let tries = 1; ; tries++) {
      const ports = await describe(options, image, passed);
      try {
        await start(stack, passed.secret, { signal, detail: (text) => work.detail(text) });
        return ['started', ...takenPorts(options, ports)].join(', ');
      } catch (error) {
        if (!(error instanceof PortTaken) || tries === 3) throw error;
        await end(stack);
      }
    }
  });
  return (await findContainer(root, project.name, signal)) as Container;
}

/** Writes the compose file; answers the ports that it takes. */
async function describe(options: SessionOptions, image: DevelopImage, passed: Passed): Promise<Port[]> {
  const { root, project, packages } = options;
  const { name, folder, settings } = project;
  const { lab } = image;
  const inside = portsInside(lab, project.service || project.app, IMAGE_PORT);
  const ports: Port[] = [];
  for (const port of inside) ports.push({ inside: port, outside: await freePort(wished(options, port)) });
  const text = composeFile({
    ...{ root, project: name, folder, image: image.tag, owner: image.owner, lab, ports, passed, packages },
    services: settings.develop?.services ?? [],
    serviceImages: readOptions(root).images?.services ?? {},
  });
  writeFileSync(stackOf(root, project).files[0] as string, text, { mode: 0o600 });
  return ports;
}

function wished({ port }: SessionOptions, inside: number): number {
  return inside === LAB_PORT && port !== undefined ? port : inside;
}

function takenPorts(options: SessionOptions, ports: readonly Port[]): string[] {
  return ports
    .filter(({ inside, outside }) => outside !== wished(options, inside))
    .map(({ inside, outside }) => `port ${wished(options, inside)} is in use: ${outside} instead`);
}

function inUse(project: string, using: readonly ProcessRecord[]): FabricaError {
  const pids = using.map(({ pid }) => pid).join(', ');
  return new FabricaError('in-use', `another session has the container of ${project} open (pid ${pids})`, {
    hint: `leave it there; or npx nx run ${project}:stop, then again`,
  });
}

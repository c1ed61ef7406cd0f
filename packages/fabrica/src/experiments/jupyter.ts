import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { commandEnvironment, programs, pythonOf } from '../../bin/shared.cjs';
import { readPyproject } from '../python/pyproject';
import { DEV_LOCK, readLock } from '../python/requirements';
import { pinnedTool } from '../python/tools';
import { FabricaError } from '../support/errors';
import { stateFolder, writeDocument } from '../support/files';
import { freePort } from '../support/ports';
import { run } from '../support/processes';
import { Progress } from '../support/progress';

/** Where notebooks of a project run. */
export interface Place {
  readonly root: string;
  /** Relative to the workspace: `projects/bikes`. */
  readonly folder: string;
  readonly project: string;
  /** The folder whose `.venv` the kernel is, absolute. */
  readonly home: string;
}

export interface ServerOptions {
  /** The port to prefer; another is taken when it is in use. */
  readonly port?: number;
  readonly signal: AbortSignal;
  /** Hears the address, with the token without which everything is refused. */
  readonly ready: (address: string) => void;
  /** Hears what it says, its own news aside; else that goes to stderr. */
  readonly said?: (line: string) => void;
  /** More variables for it and its kernels. */
  readonly env?: NodeJS.ProcessEnv;
}

const FIRST_PORT = 8888;
/** What an error shows of what JupyterLab said. */
const LAST_LINES = 10;

/**
 * What code in the environment of experiments sees: that environment is first on the PATH. Jupyter finds one kernel
 * there, which is its Python.
 */
export function experimentVariables({ root, folder, project, home }: Place) {
  const env = commandEnvironment(root, join(root, folder));
  const path = env.PATH?.slice(programs(join(root, folder)).length + 1);
  return {
    ...env,
    PATH: [programs(home), path].join(delimiter),
    VIRTUAL_ENV: join(home, '.venv'),
    JUPYTER_PATH: writeKernel(root, project, home),
  };
}

/** Notebooks name the kernel `python3`, wherever they were made: here it is the project's own. */
function writeKernel(root: string, project: string, home: string): string {
  const folder = stateFolder(root, 'notebooks', project);
  const start = [pythonOf(home), '-m', 'ipykernel_launcher', '--log-level=ERROR', '-f', '{connection_file}'];
  writeDocument(join(folder, 'kernels', 'python3', 'kernel.json'), {
    argv: start,
    display_name: project,
    language: 'python',
  });
  return folder;
}

/** Whether notebooks of a project have a kernel, as its lock says. */
export function hasKernel(root: string, folder: string): boolean {
  return Boolean(readLock(join(root, folder), DEV_LOCK)?.some(({ name }) => name === 'ipykernel'));
}

/**
 * Refuses a project without a kernel, before anything starts.
 *
 * @throws FabricaError `no-kernel` with the line to write
 */
export function checkKernel(root: string, folder: string): void {
  if (hasKernel(root, folder)) return;
  const { file, name } = readPyproject(join(root, folder));
  throw new FabricaError('no-kernel', `notebooks run on ipykernel, which ${DEV_LOCK} does not pin`, {
    place: { file },
    hint: `write "ipykernel" into dev, under [dependency-groups], then npx nx run ${name}:lock`,
  });
}

/**
 * The interpreter that JupyterLab, and all that runs notebooks, is installed for.
 *
 * @throws FabricaError `tool-install`
 */
export function jupyterPython(root: string, signal: AbortSignal): Promise<string> {
  const progress = new Progress();
  return progress.quietly('Installing JupyterLab', () =>
    pinnedTool(root, 'jupyterlab', { signal, progress }),
  );
}

/**
 * Runs JupyterLab on the loopback interface until it is ended, which ends its kernels.
 *
 * @throws FabricaError `jupyter-failed` with what it said
 */
export async function runJupyterLab(
  place: Place,
  { port: wished = FIRST_PORT, signal, ready, env, said: tell = toStderr }: ServerOptions,
): Promise<void> {
  const { root, folder, project } = place;
  const jupyter = await jupyterPython(root, signal);
  const port = await freePort(wished);
  const token = randomBytes(24).toString('hex');
  const address = `http://127.0.0.1:${port}/lab`;
  let said: readonly string[] = [];
  const { code } = await run(jupyter, ['-I', '-m', 'jupyterlab', `--config=${writeSettings(place, port)}`], {
    cwd: join(root, folder),
    // By a variable, since everybody can read the arguments of a process.
    env: { ...experimentVariables(place), ...env, JUPYTER_TOKEN: token },
    signal,
    register: { root, kind: 'notebook', project, address },
    onLine: (line) => {
      // It says so a moment before it listens.
      if (line.includes('is running at:'))
        void listening(port, signal).then((is) => is && ready(`${address}?token=${token}`));
      if (!/^\[[DI] /.test(line)) tell(line);
      said = [...said, line].slice(-LAST_LINES);
    },
  });
  if (code === 0) return;
  throw new FabricaError('jupyter-failed', `JupyterLab ended with ${code}:\n${said.join('\n')}`, {
    hint: `npx nx run ${project}:notebook --port=${port + 1}`,
  });
}

function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Waits until something listens on a port of this machine; false when it is interrupted before. */
async function listening(port: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const socket = connect(port, '127.0.0.1');
    const is = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (is) return true;
    await delay(50);
  }
  return false;
}

/** Where JupyterLab listens, and the folder that it shows. */
export interface LabPlace {
  readonly ip: string;
  readonly port: number;
  readonly root: string;
}

/** It asks nobody on the internet for news, versions or extensions, and nobody whether it may end. */
export function labSettings({ ip, port, root }: LabPlace): object {
  return {
    ServerApp: {
      open_browser: false,
      ip,
      port,
      port_retries: 0,
      root_dir: root,
      answer_yes: true,
      // In containers everybody is root.
      allow_root: true,
    },
    KernelSpecManager: { ensure_native_kernel: false },
    LabApp: {
      open_browser: false,
      news_url: null,
      check_for_updates_class: 'jupyterlab.NeverCheckForUpdate',
      extension_manager: 'readonly',
    },
  };
}

function writeSettings({ root, folder, project }: Place, port: number): string {
  const file = stateFolder(root, 'notebooks', project, 'jupyter_server_config.json');
  writeDocument(file, labSettings({ ip: '127.0.0.1', port, root: join(root, folder) }));
  return file;
}

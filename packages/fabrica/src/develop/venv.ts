import { basename, delimiter, join } from 'node:path';
import { commandEnvironment } from '../../bin/shared.cjs';
import { syncExperiments } from '../experiments/environment';
import { hasKernel, jupyterPython, runJupyterLab, type Place } from '../experiments/jupyter';
import { syncEnvironment } from '../python/environment';
import { Cancelled } from '../support/errors';
import { stateFolder, writeAtomically } from '../support/files';
import { run } from '../support/processes';
import { isInteractive, runOnTerminal } from '../support/terminal';
import { quoted } from '../support/shell';
import type { SessionOptions } from './session';

/** A project's environment on this machine, for those who have no Docker. */
export interface Venv {
  readonly env: NodeJS.ProcessEnv;
  /** Where notebooks run; undefined when the project has no kernel. */
  readonly notebooks?: Place;
}

/**
 * Brings the environment of a project on this machine in step with its lock, and that of its experiments.
 *
 * @throws FabricaError as {@link syncEnvironment} does
 */
export async function openVenv(options: SessionOptions): Promise<Venv> {
  const { root, project, packages, signal, progress } = options;
  const { name, folder } = project;
  await progress.phase('Environment', () => syncEnvironment(root, folder, { signal, progress }));
  const env = withPackages(root, packages, commandEnvironment(root, join(root, folder)));
  if (!hasKernel(root, folder)) return { env };
  const { home } = await syncExperiments(root, folder, { signal, progress });
  await jupyterPython(root, signal);
  return { env, notebooks: { root, folder, project: name, home } };
}

function withPackages(root: string, packages: readonly string[], env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (!packages.length) return env;
  const sources = packages.map((name) => join(root, 'packages', name, 'src'));
  return { ...env, PYTHONPATH: [...sources, ...(env.PYTHONPATH ? [env.PYTHONPATH] : [])].join(delimiter) };
}

/** Runs a command in the environment, as a shell reads it. */
export async function executeVenv(venv: Venv, command: string, options: SessionOptions): Promise<number> {
  const { root, project, signal } = options;
  const cwd = join(root, project.folder);
  const [shell, ...args] =
    process.platform === 'win32' ? ['cmd', '/d', '/s', '/c', command] : ['sh', '-c', command];
  if (isInteractive()) return runOnTerminal(shell as string, args, { cwd, env: venv.env, signal });
  const onLine = (line: string, stream: 'stdout' | 'stderr') => void process[stream].write(`${line}\n`);
  return (await run(shell as string, args, { cwd, env: venv.env, signal, onLine })).code;
}

/** JupyterLab until the signal; `ready` hears its address. */
export async function labVenv(
  { notebooks, env }: Venv,
  { port, signal, packages }: SessionOptions,
  ready: (address: string) => void,
  said?: (line: string) => void,
): Promise<void> {
  const more = packages.length ? { PYTHONPATH: env.PYTHONPATH } : {};
  if (notebooks) await runJupyterLab(notebooks, { port, signal, ready, said, env: more });
}

/** A shell of the person's own, with the environment active; JupyterLab goes on beside it until it ends. */
export async function shellVenv(
  venv: Venv,
  options: SessionOptions,
  ready: (address?: string) => void,
): Promise<void> {
  const { root, project, signal } = options;
  const { shell, args, env } = shellOf(root, project.name, venv.env);
  await besideLab(venv, options, async (address) => {
    ready(address);
    await runOnTerminal(shell, args, { cwd: join(root, project.folder), env, signal });
  });
}

/** What JupyterLab says beside a shell would stand between what is typed there. */
const silent = (): void => undefined;

async function besideLab(
  venv: Venv,
  options: SessionOptions,
  work: (address?: string) => Promise<void>,
): Promise<void> {
  if (!venv.notebooks) return work();
  const lab = new AbortController();
  const signal = AbortSignal.any([options.signal, lab.signal]);
  let serving = Promise.resolve();
  try {
    const address = await new Promise<string>((ready, broken) => {
      serving = labVenv(venv, { ...options, signal }, ready, silent);
      serving.catch(broken);
    });
    await work(address);
  } finally {
    lab.abort(new Cancelled('SIGTERM'));
    await serving.catch(silent);
  }
}

/** What makes a shell read its own settings first and the environment's last, which would lose else. */
function shellOf(root: string, project: string, env: NodeJS.ProcessEnv) {
  const shell = (process.platform === 'win32' ? env.COMSPEC : env.SHELL) || 'sh';
  const activate = (name: string) => join(env.VIRTUAL_ENV as string, 'bin', name);
  const settings = (name: string, own: string) => {
    const file = stateFolder(root, 'develop', project, 'shell', name);
    writeAtomically(file, `[ ! -f ${own} ] || . ${own}\n. ${quoted(activate('activate'))}\n`);
    return file;
  };
  switch (basename(shell)) {
    case 'bash':
      return { shell, args: ['--rcfile', settings('bashrc', '~/.bashrc'), '-i'], env };
    case 'zsh':
      settings('.zshrc', '~/.zshrc');
      return {
        shell,
        args: ['-i'],
        env: { ...env, ZDOTDIR: stateFolder(root, 'develop', project, 'shell') },
      };
    case 'fish':
      return { shell, args: ['-i', '-C', `source '${activate('activate.fish')}'`], env };
    default:
      return { shell, args: [], env };
  }
}

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { FabricaError } from '../support/errors';
import { stateFolder } from '../support/files';
import { withLock } from '../support/lock';
import { run, runOrFail } from '../support/processes';
import { Progress } from '../support/progress';
import { findPython, type Interpreter } from './interpreter';
import { satisfies } from './versions';

/** The version that is provisioned; pins/uv.txt holds its hashes. */
export const UV_VERSION = '0.13.8';

/** What builds packages: it is part of uv, so that nothing is downloaded. */
export const BUILD_BACKEND = `uv_build==${UV_VERSION}`;

/** A uv on the PATH is used when it writes the same locks and wheels as the pinned one. */
const USABLE = '>=0.13.8,<0.14';

export interface ToolOptions {
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * What uv says of a failure, without its hint to take a package from any index: whoever publishes the name of a
 * shared package on a public index would get into every project.
 */
export function withoutUnsafeAdvice(said: string): string {
  return said.replaceAll(/\n*hint: [^\n]*--index-strategy[^\n]*/g, '');
}

/** Where the requirement files are that the plugin ships, each with the hashes of all files it may install. */
export function pins(name: 'uv' | 'pypiserver' | 'nbstripout' | 'nbdime' | 'jupyterlab'): string {
  return join(__dirname, 'pins', `${name}.txt`);
}

/**
 * The path of uv: the one on the PATH when it fits, else the workspace's own, which is installed once with pip
 * (whatever index pip is configured for) and checked against its hashes.
 *
 * @throws FabricaError `no-python`, `old-python`, `no-venv`, `uv-install`.
 */
export async function findUv(root: string, options: ToolOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  if (await isUsable('uv', env, options.signal)) return 'uv';
  const home = stateFolder(root, 'tools', `uv-${UV_VERSION}`);
  const uv = executable(home, 'uv');
  if (existsSync(uv)) return uv;
  await withLock(root, 'uv', async () => existsSync(uv) || provision(home, options), options);
  return uv;
}

function executable(environment: string, name: string): string {
  return process.platform === 'win32'
    ? join(environment, 'Scripts', `${name}.exe`)
    : join(environment, 'bin', name);
}

async function isUsable(uv: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<boolean> {
  try {
    const { code, stdout } = await run(uv, ['--version'], { env, signal });
    const version = /\d+\.\d+\.\d+/.exec(stdout)?.[0];
    return code === 0 && version !== undefined && satisfies(version, USABLE);
  } catch (error) {
    if (error instanceof FabricaError && error.code === 'program-missing') return false;
    throw error;
  }
}

async function provision(home: string, options: ToolOptions): Promise<void> {
  const python = await findPython(options);
  const draft = `${home}.${randomUUID().slice(0, 8)}`;
  mkdirSync(dirname(home), { recursive: true });
  const progress = options.progress ?? new Progress();
  try {
    await progress.quietly(`Installing uv ${UV_VERSION}`, () => install(python, draft, options));
    renameSync(draft, home);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function install(
  python: Interpreter,
  folder: string,
  { signal, env = process.env }: ToolOptions,
): Promise<void> {
  const made = await run(python.path, ['-m', 'venv', folder], { signal, env });
  if (made.code !== 0) throw venvMissing(python, made.stderr || made.stdout);
  await runOrFail(
    executable(folder, 'python'),
    [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-input',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--require-hashes',
      '-r',
      pins('uv'),
    ],
    {
      signal,
      env,
      failure: {
        code: 'uv-install',
        message: `uv ${UV_VERSION} could not be installed from the package index`,
        hint: 'check the index that pip uses (pip config list), or install uv yourself and put it on the PATH',
      },
    },
  );
}

function venvMissing(python: Interpreter, said: string): FabricaError {
  const [major, minor] = python.version.split('.');
  return new FabricaError(
    'no-venv',
    `Python ${python.version} (${python.path}) can't make a virtual environment: ${said.trim().split('\n')[0] ?? ''}`,
    {
      hint: `Debian, Ubuntu: apt-get install python${major}.${minor}-venv; elsewhere: install uv and put it on the PATH`,
    },
  );
}

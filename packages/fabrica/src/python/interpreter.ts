import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { FabricaError } from '../support/errors';
import { run } from '../support/processes';
import { floorOf, OLDEST, satisfies } from './versions';

export interface Interpreter {
  /** Absolute, links followed. */
  readonly path: string;
  /** `3.11.7` */
  readonly version: string;
  /** Where it is installed; an environment has that of the Python that it was made from. */
  readonly home?: string;
}

/** Whether both are the same installation, each by itself or through an environment. */
export function isSame(one: Interpreter, other: Interpreter): boolean {
  return one.version === other.version && one.home === other.home;
}

/** The plain name first: it is the one that the person uses. */
const NAMES = ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.14'];
const PROBE =
  'import sys; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3]); print(sys.base_prefix)';

export interface FindPythonOptions {
  /** A `requires-python` to fit. */
  readonly requires?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/**
 * The first Python on the PATH that fits; `FABRICA_PYTHON` names another.
 *
 * @throws FabricaError `no-python` when there is none, `old-python` when there are only unfit ones.
 */
export async function findPython({
  requires = '',
  env = process.env,
  signal,
}: FindPythonOptions = {}): Promise<Interpreter> {
  const specifier = [...new Set([`>=${OLDEST}`, ...requires.split(',')])].filter(Boolean).join(',');
  const seen: Interpreter[] = [];
  for (const path of env.FABRICA_PYTHON ? [env.FABRICA_PYTHON] : candidates(env)) {
    const python = await probe(path, env, signal);
    if (!python || seen.some((other) => other.path === python.path)) continue;
    if (satisfies(python.version, specifier)) return python;
    seen.push(python);
  }
  throw notFound(seen, specifier, env);
}

function notFound(seen: readonly Interpreter[], specifier: string, env: NodeJS.ProcessEnv): FabricaError {
  const wanted = floorOf(specifier.split(',').reverse().join(',')) ?? OLDEST;
  const hint = `install Python ${wanted} or newer (Debian, Ubuntu: apt-get install python3 python3-venv; macOS: brew install python), or name one: FABRICA_PYTHON=/path/to/python3`;
  if (seen.length) {
    const found = seen.map(({ path, version }) => `${version} (${path})`).join(', ');
    return new FabricaError('old-python', `no Python here fits ${specifier}: found ${found}`, { hint });
  }
  const where = env.FABRICA_PYTHON
    ? `FABRICA_PYTHON=${env.FABRICA_PYTHON} is no Python`
    : 'there is no Python on the PATH';
  return new FabricaError('no-python', `${where}: ${specifier} is needed`, { hint });
}

function candidates(env: NodeJS.ProcessEnv): string[] {
  const folders = withoutNodesOwn((env.PATH ?? '').split(delimiter).filter(Boolean));
  const suffix = process.platform === 'win32' ? '.exe' : '';
  // A virtual environment that happens to be active may be gone tomorrow, and with it what was made from it.
  const active = env.VIRTUAL_ENV;
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name + suffix))).filter(
    (path) => isExecutable(path) && !(active && path.startsWith(active)),
  );
}

/**
 * Nx puts the folder of node before the PATH of the commands that it runs. Where that holds a Python too, such as
 * /usr/bin, it would win there over the person's own, and nowhere else.
 */
function withoutNodesOwn(folders: readonly string[]): string[] {
  const own = dirname(process.execPath);
  return folders.filter((folder, index) => folder !== own || !folders.includes(own, index + 1));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The Python at a path; undefined when none works there. */
export async function probe(
  path: string,
  env?: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Interpreter | undefined> {
  const result = await run(path, ['-I', '-c', PROBE], { env, signal }).catch((error) => {
    if (signal?.aborted) throw error;
    return undefined;
  });
  // A version manager's stand-in for a Python that isn't installed fails here: it is no candidate.
  const [executable, version, home] = result?.code === 0 ? result.stdout.trim().split(/\r?\n/) : [];
  if (!executable || !version) return undefined;
  return { path: realpathSync(executable), version, home: home && realpathSync(home) };
}

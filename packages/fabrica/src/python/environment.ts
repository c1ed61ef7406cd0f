import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import {
  environmentStamp,
  inStep,
  pythonOf,
  readStamp,
  STAMP,
  writeAtomically,
  type EnvironmentStamp,
} from '../../bin/shared.cjs';
import { indexEnvironment } from '../registries/configuration';
import { ensurePypi } from '../registries/registries';
import { seed } from '../registries/seed';
import { sharedPins } from '../registries/shared';
import { FabricaError } from '../support/errors';
import { writeDocument } from '../support/files';
import { withLock } from '../support/lock';
import { failed, run, runOrFail, type RunResult } from '../support/processes';
import { Progress } from '../support/progress';
import { buildTools, runBuild } from './build';
import { buildEssence, buildHint, unbuildable } from './build-failure';
import { checkLock } from './check-lock';
import { findPython, isSame, probe } from './interpreter';
import { kindOf, type PythonPackage } from './packages';
import { readPyproject } from './pyproject';
import { DEV_LOCK } from './requirements';
import { siblingsOf } from './siblings';
import { findUv, withoutUnsafeAdvice, type ToolOptions } from './uv';
import { satisfies } from './versions';

export type SyncOutcome = 'unchanged' | 'installed';

/**
 * Brings the environment (`.venv`) of a project or package in step with its lock. What production code imports is
 * what the lock says, checked by hash; a project's own `src` is put on the path, a package and the packages that it
 * develops against are installed as they are on disk.
 *
 * Interrupted at any moment, it is done again by the next command: the stamp is written last.
 *
 * @param folder relative to the workspace: `projects/bikes`
 * @throws FabricaError `lock-stale`, `lock-missing`, `no-python`, `old-python`, `install-failed`, and those of the registries.
 */
export async function syncEnvironment(
  root: string,
  folder: string,
  options: ToolOptions = {},
): Promise<SyncOutcome> {
  const at = join(root, folder);
  if (inStep(at, options.env)) return 'unchanged';
  checkLock(root, folder);
  const progress = options.progress ?? new Progress();
  return withLock(
    root,
    `environment-${folder.replaceAll(/[\\/]/g, '-')}`,
    async () => {
      if (inStep(at, options.env)) return 'unchanged';
      await progress.quietly(`Installing the environment of ${folder}`, () =>
        synchronise(root, folder, options),
      );
      return 'installed';
    },
    options,
  );
}

async function synchronise(root: string, folder: string, options: ToolOptions): Promise<void> {
  const at = join(root, folder);
  const siblings = kindOf(folder) === 'package' ? siblingsOf(root, folder) : [];
  const stamp = environmentStamp(at, {
    siblings: siblings.map((sibling) => relative(at, join(root, sibling.folder)).replaceAll('\\', '/')),
    env: options.env,
  });
  // Until it is whole again it says no more than where it was made.
  if (existsSync(join(at, '.venv', STAMP))) writeStamp(at, { folder: readStamp(at)?.folder });
  const env = await installEnvironment(root, folder, options);
  const python = await ensureInterpreter(root, at, options);
  await installLocked(root, at, DEV_LOCK, { ...options, env, project: basename(folder) });
  await installOwn(root, folder, siblings, { ...options, env });
  writeStamp(at, { ...stamp, python });
}

/** Writes what an environment says of itself. */
export function writeStamp(
  at: string,
  stamp: Partial<EnvironmentStamp> & { readonly python?: string },
): void {
  writeDocument(join(at, '.venv', STAMP), { schema: 2, ...stamp });
}

/** The environment for uv; brings the index up, and fills it, when the lock pins shared packages. */
export async function installEnvironment(
  root: string,
  folder: string,
  options: ToolOptions = {},
): Promise<NodeJS.ProcessEnv> {
  const pins = sharedPins(root, folder);
  if (!pins.length) return options.env ?? process.env;
  const registry = await ensurePypi(root, options);
  await seed(root, registry, pins, { ...options, project: basename(folder) });
  return indexEnvironment(registry, options.env);
}

/**
 * Makes the environment of a folder unless it has one that was made there and whose Python works, fits, and is the one
 * that FABRICA_PYTHON names, if it does; answers Python's version.
 */
export async function ensureInterpreter(
  root: string,
  at: string,
  options: ToolOptions & {
    /** A `requires-python`; what the folder's pyproject.toml says by default. */
    readonly requires?: string;
  } = {},
): Promise<string> {
  const { signal, env, requires = readPyproject(at).requiresPython } = options;
  const wanted = (env ?? process.env).FABRICA_PYTHON
    ? await findPython({ requires, signal, env })
    : undefined;
  const present = madeElsewhere(at) ? undefined : await probe(pythonOf(at), env, signal);
  if (present && satisfies(present.version, requires) && (!wanted || isSame(present, wanted)))
    return present.version;
  const uv = await findUv(root, options);
  const python = wanted ?? (await findPython({ requires, signal, env }));
  // Not with --clear: what isn't an environment is not ours to delete.
  if (existsSync(join(at, '.venv', 'pyvenv.cfg')))
    rmSync(join(at, '.venv'), { recursive: true, force: true });
  await runOrFail(uv, ['venv', '--quiet', '--no-project', '--python', python.path, '.venv'], {
    cwd: at,
    signal,
    env,
    failure: { code: 'install-failed', message: `${join(at, '.venv')} can't be made` },
  });
  writeStamp(at, { folder: realpathSync(at) });
  return python.version;
}

/** The programs of an environment name its folder: moved or copied, they are those of the old place. */
function madeElsewhere(at: string): boolean {
  const stamp = readStamp(at);
  return stamp !== undefined && stamp.folder !== realpathSync(at);
}

/**
 * Installs exactly what a lock names into the environment of a folder, and takes out the rest. What uv's cache holds
 * is not asked of an index again: the hashes of the lock say what it is.
 *
 * @throws FabricaError `install-failed`
 */
export async function installLocked(
  root: string,
  at: string,
  lock: string,
  options: ToolOptions & {
    /** What Nx calls it, for the way out; else as its pyproject.toml does. */
    readonly project?: string;
  },
): Promise<void> {
  const uv = await findUv(root, options);
  const fixed = ['--quiet', '--require-hashes', '--allow-empty-requirements', '--python', pythonOf(at)];
  const sync = (...more: string[]): Promise<RunResult> =>
    run(uv, ['pip', 'sync', ...fixed, lock, ...more], { cwd: at, signal: options.signal, env: options.env });
  if ((await sync('--offline')).code === 0) return;
  let result = await sync();
  // uv keeps the pages of an index for minutes: a version that was locked from a newer one isn't on them.
  if (lackingPin(result)) result = await sync('--refresh');
  if (result.code === 0) return;
  throw failed(result, {
    code: 'install-failed',
    message: `${lock} of ${at} can't be installed`,
    edit: (said) => buildEssence(withoutUnsafeAdvice(said)),
    hint: wayOut(result, options.project ?? readPyproject(at).name),
  });
}

function wayOut(result: RunResult, project: string): string {
  const source = unbuildable(result.stderr);
  if (source) return buildHint(source, project);
  const lacking = lackingPin(result);
  return lacking
    ? `again in a few minutes: the index may be behind, and not show ${lacking.pin} yet\nor move the pin to what it has: npx nx run ${project}:lock --upgrade=${lacking.name}`
    : 'check the index that uv uses (UV_DEFAULT_INDEX), and the registry: npx nx run workspace:registries status';
}

/** The pin of which an index has no such version, by what uv says. */
function lackingPin({ code, stderr }: RunResult): { pin: string; name: string } | undefined {
  const [, pin, name] = (code && /there is no version of (([\w.-]+)==\S+)/.exec(stderr)) || [];
  return pin && name ? { pin, name } : undefined;
}

async function installOwn(
  root: string,
  folder: string,
  siblings: readonly PythonPackage[],
  options: ToolOptions,
): Promise<void> {
  const at = join(root, folder);
  if (kindOf(folder) === 'project') return putOnPath(at);
  const uv = await findUv(root, options);
  const own = [...siblings.map((sibling) => join(root, sibling.folder)), at];
  // An editable install has no hash (so no --require-hashes), but what builds it has.
  const fixed = [
    '--require-build-hashes',
    '--preview-features',
    'build-dependency-hashes',
    ...buildTools(own),
  ];
  await runBuild(
    uv,
    [
      ...['pip', 'install', '--quiet', '--no-deps', ...fixed, '--python', pythonOf(at)],
      ...own.flatMap((path) => ['--editable', path]),
    ],
    folder,
    {
      cwd: at,
      signal: options.signal,
      env: options.env,
      failure: {
        code: 'install-failed',
        message: `${folder} can't be installed into its environment`,
        edit: withoutUnsafeAdvice,
      },
    },
  );
}

/**
 * A project is no distribution, so nothing is built or installed: a path file of the environment names its `src`.
 * It is relative to the file, so a project that is moved keeps working.
 *
 * @param sources folders that Python looks in, the first one first
 */
export function putOnPath(at: string, sources: readonly string[] = [join(at, 'src')]): void {
  const site = sitePackages(at);
  const lines = sources.map((source) => relative(site, source).replaceAll('\\', '/'));
  writeAtomically(join(site, 'fabrica-project.pth'), `${lines.join('\n')}\n`);
}

function sitePackages(at: string): string {
  if (process.platform === 'win32') return join(at, '.venv', 'Lib', 'site-packages');
  const lib = join(at, '.venv', 'lib');
  mkdirSync(lib, { recursive: true });
  const version = readdirSync(lib).find((name) => name.startsWith('python'));
  if (!version)
    throw new FabricaError('install-failed', `${join(at, '.venv')} is no Python environment`, {
      hint: `rm -r ${join(at, '.venv')}`,
    });
  return join(lib, version, 'site-packages');
}

import { rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { indexEnvironment, type PypiRegistry } from '../registries/configuration';
import { checkOrigin } from '../registries/seed';
import { refusedVersions, type Yanked } from '../registries/yanked';
import { inTemporaryFolder, readIfThere, writeAtomically } from '../support/files';
import { withLock } from '../support/lock';
import { runOrFail } from '../support/processes';
import { FabricaError, throwAll } from '../support/errors';
import { checkLock } from './check-lock';
import { forgetFirstChoice, preferFirstChoice } from './first-choice';
import { findPython } from './interpreter';
import { unknownDependencies, unpublished } from './lock-failure';
import { stateInputs, withoutInputs } from './lock-inputs';
import { kindOf } from './packages';
import { readPyproject } from './pyproject';
import { DEV_LOCK, LOCK, parseLock, versionsIn } from './requirements';
import { siblingsOf } from './siblings';
import { findUv, withoutUnsafeAdvice, type ToolOptions } from './uv';
import { floorOf, OLDEST } from './versions';

export interface LockOptions extends ToolOptions {
  /** `true` moves all pins to the newest versions; names move these alone. Without it, pins stay where they fit. */
  readonly upgrade?: boolean | readonly string[];
  /** The index of the shared packages. */
  readonly registry?: PypiRegistry;
}

export interface LockChange {
  readonly name: string;
  readonly from?: string;
  readonly to?: string;
}

export interface Locked {
  /** The pins that changed, by name. */
  readonly changes: readonly LockChange[];
  /** What a person is told: `3 changes`, `unchanged`. */
  readonly summary: string;
}

/**
 * Writes the locks of a project (`requirements.txt`, `requirements-dev.txt`) or package (`requirements-dev.txt`)
 * from its pyproject.toml: all platforms, hashes, no index; a first line says what it was made from. The same input
 * gives the same bytes; when it fails or is interrupted, the locks are as they were. The first lock of a folder that
 * was taken in prefers the versions that it ran with: `keepFirstChoice`.
 *
 * @throws FabricaError `yanked`, `not-published`, `lock-failed` with the line of pyproject.toml, or with uv's reason.
 */
export async function lock(root: string, folder: string, options: LockOptions = {}): Promise<Locked> {
  return withLock(
    root,
    `lock-${folder.replaceAll(/[\\/]/g, '-')}`,
    () => relock(root, folder, options),
    options,
  );
}

async function relock(root: string, folder: string, options: LockOptions): Promise<Locked> {
  const at = join(root, folder);
  const before = readLocks(at);
  const refused = refusedVersions(root, folder, options.upgrade);
  try {
    preferFirstChoice(at);
    await inTemporaryFolder(root, (draft) =>
      compileAll(root, folder, { ...options, constraints: constraintsFile(draft, refused) }),
    );
    stateInputs(root, folder);
    checkLock(root, folder);
    if (options.registry)
      await checkOrigin(root, folder, options.registry, {
        signal: options.signal,
        project: basename(folder),
      });
  } catch (error) {
    for (const [name, text] of before) restore(join(at, name), text);
    if (error instanceof FabricaError && error.code === 'lock-failed')
      await explain(root, folder, error, options);
    throw error;
  }
  forgetFirstChoice(at);
  return compare(before, readLocks(at));
}

/** For uv: no version that was yanked, unless it is locked already. */
function constraintsFile(draft: string, refused: readonly Yanked[]): string {
  const file = join(draft, 'yanked.txt');
  writeFileSync(file, refused.map(({ name, version }) => `${name}!=${version}\n`).join(''));
  return file;
}

/** Throws what can be told with a line and a way out; returns where uv's own words say it best. */
async function explain(
  root: string,
  folder: string,
  { message }: FabricaError,
  { registry, signal }: LockOptions,
): Promise<void> {
  if (registry) throwAll(await unpublished(root, folder, registry, signal));
  throwAll(unknownDependencies(root, folder, message));
}

type Locks = ReadonlyMap<string, string | undefined>;

function readLocks(at: string): Locks {
  return new Map([LOCK, DEV_LOCK].map((name) => [name, readIfThere(join(at, name))]));
}

function compare(before: Locks, after: Locks): Locked {
  const found = changes(before.get(DEV_LOCK) ?? '', after.get(DEV_LOCK) ?? '');
  const differ = (read: (text: string) => string): boolean =>
    [...after].some(([name, text]) => read(text ?? '') !== read(before.get(name) ?? ''));
  if (found.length)
    return { changes: found, summary: `${found.length} ${found.length === 1 ? 'change' : 'changes'}` };
  if (differ(withoutInputs)) return { changes: [], summary: 'versions unchanged, lock rewritten' };
  return { changes: [], summary: differ((text) => text) ? 'pins unchanged, inputs noted' : 'unchanged' };
}

function restore(file: string, text: string | undefined): void {
  if (text === undefined) rmSync(file, { force: true });
  else if (readIfThere(file) !== text) writeAtomically(file, text);
}

type CompileOptions = LockOptions & { readonly constraints: string };

async function compileAll(root: string, folder: string, options: CompileOptions): Promise<void> {
  const at = join(root, folder);
  const pyproject = readPyproject(at);
  const { requiresPython: requires } = pyproject;
  const python = await findPython({ requires, signal: options.signal, env: options.env });
  const fixed = ['--python', python.path, '--python-version', floorOf(requires) ?? OLDEST];
  const compileTo = (lock: string, args: readonly string[], extra?: readonly string[]): Promise<void> =>
    compile(root, at, ['pyproject.toml', ...fixed, ...args, '--output-file', lock], options, extra);
  const dev = pyproject.dev.filter(({ name }) => !pyproject.paths[name]).map(({ text }) => text);
  if (kindOf(folder) === 'project') {
    await compileTo(LOCK, []);
    await compileTo(DEV_LOCK, ['-', '--constraints', LOCK], dev);
    return;
  }
  const siblings = siblingsOf(root, folder);
  const paths = siblings.map((sibling) => `-e ${relative(at, join(root, sibling.folder))}`);
  const without = siblings.flatMap(({ distribution }) => ['--no-emit-package', distribution]);
  await compileTo(
    DEV_LOCK,
    ['-', ...(Object.keys(pyproject.extras).length ? ['--all-extras'] : []), ...without],
    [...dev, ...paths],
  );
}

async function compile(
  root: string,
  at: string,
  args: readonly string[],
  options: CompileOptions,
  extra?: readonly string[],
): Promise<void> {
  const uv = await findUv(root, options);
  const form = [
    '--quiet',
    '--universal',
    '--generate-hashes',
    '--no-header',
    '--no-annotate',
    '--no-emit-index-url',
    '--no-emit-find-links',
    ...['--constraints', options.constraints],
  ];
  await runOrFail(uv, ['pip', 'compile', ...form, ...upgrades(options.upgrade), ...args], {
    cwd: at,
    signal: options.signal,
    env: environment(options),
    // uv reads neither the groups nor the sources of a project that it doesn't manage: they come by standard input.
    input: extra && `${extra.join('\n')}\n`,
    failure: {
      code: 'lock-failed',
      message: `the dependencies of ${relative(root, at)}/pyproject.toml can't be locked`,
      edit: withoutUnsafeAdvice,
      hint: `change them in ${relative(root, at)}/pyproject.toml, then npx nx run ${at.split(/[\\/]/).at(-1)}:lock`,
    },
  });
}

function environment({ registry, env = process.env }: LockOptions): NodeJS.ProcessEnv {
  return registry ? indexEnvironment(registry, env) : env;
}

function upgrades(upgrade: LockOptions['upgrade']): string[] {
  if (upgrade === true) return ['--upgrade'];
  return upgrade ? upgrade.flatMap((name) => ['--upgrade-package', name]) : [];
}

function changes(before: string, after: string): LockChange[] {
  const [old, now] = [versionsIn(parseLock(before)), versionsIn(parseLock(after))];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names
    .filter((name) => old.get(name) !== now.get(name))
    .map((name) => ({ name, from: old.get(name), to: now.get(name) }));
}

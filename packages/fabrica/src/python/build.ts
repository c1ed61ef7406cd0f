import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EPOCH } from '../support/epoch';
import { FabricaError } from '../support/errors';
import { runOrFail } from '../support/processes';
import { BUILD_BACKEND, findUv, withoutUnsafeAdvice, type ToolOptions } from './uv';

/** A built distribution. */
export interface Wheel {
  readonly path: string;
  /** `fabrica_storage-0.1.0-py3-none-any.whl` */
  readonly file: string;
  /** Bare hex. */
  readonly sha256: string;
}

export interface BuildOptions extends ToolOptions {
  /** Where the wheel goes. */
  readonly into: string;
  /** What errors call the folder: where it came from, when it is a copy. */
  readonly called?: string;
}

/** The lock of a package's build tools, for one that is not built by the backend that is part of uv. */
export const BUILD_LOCK = 'requirements-build.txt';

/** What lets uv build these folders by its own backend, or by what their locks name, and by nothing else. */
export function buildTools(folders: readonly string[]): string[] {
  const locks = folders.map((folder) => join(folder, BUILD_LOCK)).filter((file) => existsSync(file));
  return locks.flatMap((file) => ['--build-constraints', file]);
}

/**
 * Runs a command of uv that builds packages.
 *
 * @throws FabricaError `backend-not-locked` when one wants build tools of which no lock holds the hash.
 */
export async function runBuild(
  uv: string,
  args: readonly string[],
  called: string,
  options: Parameters<typeof runOrFail>[2],
): Promise<void> {
  try {
    await runOrFail(uv, args, options);
  } catch (error) {
    if (!(error instanceof FabricaError) || !error.message.includes('Hash-checking is required')) throw error;
    throw new FabricaError(
      'backend-not-locked',
      `${called} wants build tools that no lock holds: nothing is downloaded and run without a hash`,
      {
        hint: [
          `in ${join(called, 'pyproject.toml')}, [build-system]: requires = ["${BUILD_BACKEND}"], build-backend = "uv_build" (it is part of uv)`,
          `or lock the others: printf 'hatchling\\neditables\\n' | uv pip compile - --universal --generate-hashes -o ${join(called, BUILD_LOCK)}`,
        ].join('\n'),
        cause: error,
      },
    );
  }
}

/**
 * Builds the wheel of the package in a folder. The same sources give the same bytes anywhere: the backend is
 * pinned in the package's pyproject, and neither times nor modes of files get in.
 *
 * @throws FabricaError `build-failed` with the last lines of the build; `backend-not-locked`.
 */
export async function buildWheel(root: string, folder: string, options: BuildOptions): Promise<Wheel> {
  const uv = await findUv(root, options);
  const { called = folder } = options;
  const fixed = ['--wheel', '--no-progress', '--require-hashes', ...buildTools([resolve(root, folder)])];
  await runBuild(uv, ['build', ...fixed, '--out-dir', options.into, folder], called, {
    cwd: root,
    signal: options.signal,
    env: { ...(options.env ?? process.env), SOURCE_DATE_EPOCH: EPOCH },
    failure: {
      code: 'build-failed',
      message: `the package in ${called} does not build`,
      edit: (said) => withoutUnsafeAdvice(said).replaceAll(folder, called),
      hint: `see ${join(called, 'pyproject.toml')}`,
    },
  });
  const file = readdirSync(options.into).find((name) => name.endsWith('.whl'));
  if (!file) throw new FabricaError('build-failed', `the build of ${called} made no wheel`);
  return wheelAt(join(options.into, file));
}

/** A wheel that exists, with its hash. */
export function wheelAt(path: string): Wheel {
  return {
    path,
    file: path.split(/[\\/]/).at(-1) as string,
    sha256: createHash('sha256').update(readFileSync(path)).digest('hex'),
  };
}

/** The distribution and version that a wheel's name says: `fabrica_storage-0.1.0-py3-none-any.whl`. */
export function wheelIdentity(file: string): { name: string; version: string } {
  const [name = '', version = ''] = file.split('-');
  return { name: name.toLowerCase().replaceAll('_', '-'), version };
}

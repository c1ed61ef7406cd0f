import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FabricaError } from '../support/errors';
import { runOrFail } from '../support/processes';
import { findUv, type ToolOptions } from './uv';

/** A built distribution. */
export interface Wheel {
  readonly path: string;
  /** `fabrica_storage-0.1.0-py3-none-any.whl` */
  readonly file: string;
  /** Bare hex. */
  readonly sha256: string;
}

/** 1980-01-01: the oldest time that a zip archive can hold. */
const EPOCH = '315532800';

export interface BuildOptions extends ToolOptions {
  /** Where the wheel goes. */
  readonly into: string;
  /** What errors call the folder: where it came from, when it is a copy. */
  readonly called?: string;
}

/**
 * Builds the wheel of the package in a folder. The same sources give the same bytes anywhere: the backend is
 * pinned in the package's pyproject, and neither times nor modes of files get in.
 *
 * @throws FabricaError `build-failed` with the last lines of the build.
 */
export async function buildWheel(root: string, folder: string, options: BuildOptions): Promise<Wheel> {
  const uv = await findUv(root, options);
  const { called = folder } = options;
  await runOrFail(uv, ['build', '--wheel', '--no-progress', '--out-dir', options.into, folder], {
    cwd: root,
    signal: options.signal,
    env: { ...(options.env ?? process.env), SOURCE_DATE_EPOCH: EPOCH },
    failure: {
      code: 'build-failed',
      message: `the package in ${called} does not build`,
      edit: (said) => said.replaceAll(folder, called),
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

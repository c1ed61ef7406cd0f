import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { listFiles } from '../../layout/list-files';
import { FabricaError } from '../../support/errors';
import type { Source } from './source';

/** A file of the project that is taken in. */
export interface IncomingFile {
  /** Relative to the project, with slashes. */
  readonly path: string;
  readonly size: number;
  readonly mode: number;
}

/** What is not taken, and why. */
export interface Skipped {
  readonly path: string;
  readonly why: string;
}

/** The files of a project that is taken in. */
export interface Incoming {
  readonly files: readonly IncomingFile[];
  readonly skipped: readonly Skipped[];
  bytes(path: string): Buffer;
  /** The text of a file; undefined when there is none. */
  read(path: string): string | undefined;
}

/** Git keeps every version for ever: what is larger is told. */
export const LARGE = 5 * 1024 * 1024;
/** Code hosts refuse files that are larger. */
const LARGEST = 100 * 1024 * 1024;

/** What tools leave behind, also where no .gitignore says so. */
const LEFTOVERS =
  /(^|\/)(__pycache__|\.ipynb_checkpoints|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.tox|\.nox|\.eggs|[^/]+\.egg-info|\.DS_Store|Thumbs\.db|[^/]+\.py[co])(\/|$)/;

/** Code, by the ends of names: Python and notebooks. */
export const CODE = /\.(py|pyi|ipynb)$/;

/**
 * Lists what there is to take in: all that git has or would add; links that stay in the project, as what they lead to.
 *
 * @throws FabricaError `no-code` when there is no Python and no notebook
 */
export function readIncoming({ folder, label }: Source): Incoming {
  const top = realpathSync(folder);
  const [files, skipped]: [IncomingFile[], Skipped[]] = [[], []];
  const environments = new Set<string>();
  for (const path of listFiles(folder).map((name) => name.replaceAll('\\', '/'))) {
    if (LEFTOVERS.test(path) || isInEnvironment(folder, path, environments)) continue;
    const why = reasonToSkip(top, join(folder, path));
    if (why) skipped.push({ path, why });
    else {
      const { size, mode } = statSync(join(folder, path));
      files.push({ path, size, mode });
    }
  }
  if (!files.some(({ path }) => CODE.test(path))) throw noCode(label, files.length);
  const known = new Set(files.map(({ path }) => path));
  const bytes = (path: string): Buffer => readFileSync(join(folder, path));
  const read = (path: string): string | undefined =>
    known.has(posix.normalize(path))
      ? bytes(path)
          .toString('utf8')
          .replace(/^\ufeff/, '')
      : undefined;
  return { files, skipped, bytes, read };
}

/** Whether a file is in a virtual environment, under whatever name. */
function isInEnvironment(folder: string, path: string, known: Set<string>): boolean {
  const parts = path.split('/').slice(0, -1);
  return parts.some((_, index) => {
    const at = parts.slice(0, index + 1).join('/');
    if (known.has(at)) return true;
    if (index > 1 || !existsSync(join(folder, at, 'pyvenv.cfg'))) return false;
    known.add(at);
    return true;
  });
}

function reasonToSkip(top: string, file: string): string | undefined {
  const found = lstatSync(file);
  if (found.isSymbolicLink()) {
    const target = realpathSync(file);
    if (relative(top, target).startsWith('..'))
      return 'it is a link out of the project, which stands alone: copy what it needs';
    if (statSync(file).isDirectory()) return 'it is a link to a folder: import or name that folder itself';
  } else if (found.isDirectory()) return 'it is a repository of its own (a submodule): take it in by itself';
  if (statSync(file).size > LARGEST)
    return 'it is larger than 100 MB, which code hosts refuse: it belongs into a store';
  return undefined;
}

function noCode(label: string, count: number): FabricaError {
  const what = count
    ? `none of its ${count} files is Python or a notebook`
    : 'it holds no files that git knows';
  return new FabricaError('no-code', `${label} is no Python project: ${what}`, {
    hint: 'give the folder that holds the project; what .gitignore names is not taken',
  });
}

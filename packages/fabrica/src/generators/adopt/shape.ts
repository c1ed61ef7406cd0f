import { moduleOf, nameProblem, suggestName } from '../../workspace';
import { FabricaError } from '../../support/errors';
import {
  below,
  FOLDERS,
  isSpecial,
  NOTEBOOK,
  PYTHON,
  SETUP,
  staysAtTheTop,
  TEST,
  topFolders,
} from './folders';

/** How the code of a project lies before it is taken in. */
export interface Shape {
  /** Folders that Python imports from, relative to the project; the project itself is ''. */
  readonly roots: readonly string[];
  /** The folder that becomes `src/<module>`; undefined when loose modules and several packages go below it. */
  readonly primary?: string;
}

/** What code says of itself, as far as the shape depends on it. */
export interface ShapeFacts {
  readonly paths: readonly string[];
  /** Folders that a manifest says Python imports from: `lib`. */
  readonly roots: readonly string[];
  /** First names of all that is imported. */
  readonly imported: ReadonlySet<string>;
  /** What the project may be called: as a manifest says, its folder, the command line. */
  readonly names: readonly string[];
}

/** Finds the folders that Python imports from, and the package that is the project's own. */
export function findShape({ paths, roots: stated, imported, names }: ShapeFacts): Shape {
  const folders = [...new Set([...stated.map(bare), 'src'])].filter(
    (folder) => folder !== '' && below(paths, folder).some((path) => PYTHON.test(path)),
  );
  // `from src.data import load`: src is a package, and Python imports from above it.
  const packages = folders.filter(
    (folder) => paths.includes(`${folder}/__init__.py`) || imported.has(folder),
  );
  const roots = [...folders.filter((folder) => !packages.includes(folder)), ''];
  if (packages[0]) return { roots, primary: packages[0] };
  return { roots, primary: primaryOf(paths, roots, names) };
}

function bare(folder: string): string {
  return folder.replace(/^\.\//, '').replace(/\/+$/, '').replace(/^\.$/, '');
}

function primaryOf(
  paths: readonly string[],
  roots: readonly string[],
  names: readonly string[],
): string | undefined {
  const packages = roots.flatMap((root) => packagesIn(paths, root, roots));
  const wanted = names.map((name) => moduleOf(suggestName(name)));
  const called = packages.find((folder) => wanted.includes(folder.split('/').at(-1)?.toLowerCase() ?? ''));
  if (called) return called;
  const real = packages.filter((folder) => paths.includes(`${folder}/__init__.py`));
  const loose = roots.some((root) => below(paths, root).some(isLoose));
  return real.length === 1 && !loose ? real[0] : undefined;
}

/** Folders of code that are right below a root, apart from those with a meaning of their own. */
function packagesIn(paths: readonly string[], root: string, roots: readonly string[]): string[] {
  const inside = below(paths, root);
  return topFolders(inside)
    .filter((name) => !isSpecial(name) && /^[A-Za-z_]\w*$/.test(name))
    .map((name) => (root ? `${root}/${name}` : name))
    .filter((folder) => !roots.includes(folder))
    .filter((folder) => below(paths, folder).some((path) => PYTHON.test(path)))
    .filter((folder) => !isNotebookFolder(paths, folder));
}

/** A module at the top of a root that is part of the project: no set-up, no test. */
function isLoose(path: string): boolean {
  return (
    !path.includes('/') && PYTHON.test(path) && !SETUP.test(path) && !staysAtTheTop(path) && !TEST.test(path)
  );
}

/** Whether a folder is of notebooks, and what they use beside them. */
export function isNotebookFolder(paths: readonly string[], folder: string): boolean {
  const inside = below(paths, folder);
  const count = (pattern: RegExp) => inside.filter((path) => pattern.test(path)).length;
  return !inside.includes('__init__.py') && count(NOTEBOOK) > 0 && count(NOTEBOOK) >= count(PYTHON);
}

/**
 * What the project is called: as the command line says, else as its package, its manifest or its folder is, whichever
 * can be the name of a project first.
 *
 * @throws FabricaError `no-name`
 */
export function nameOf(given: string | undefined, { primary }: Shape, names: readonly string[]): string {
  if (given !== undefined) return given;
  const own = primary?.split('/').at(-1);
  const candidates = [...(own && !FOLDERS.data.test(own) ? [own] : []), ...names].map(suggestName);
  const found = candidates.find((name) => name !== '' && nameProblem(name) === undefined);
  if (found) return found;
  const said = candidates.filter(Boolean).map((name) => `${name}: ${nameProblem(name)}`);
  throw new FabricaError(
    'no-name',
    `how to call the project can't be told (${said.join('; ') || 'nothing names it'})`,
    {
      hint: 'the same command with --name',
    },
  );
}

import { layoutPath } from '../../workspace';
import { below, FOLDERS, NOTEBOOK, PYTHON, SETUP, staysAtTheTop, TEST } from './folders';
import { isNotebookFolder, type Shape } from './shape';

/** Files of data, by the ends of their names. */
const DATA =
  /\.(csv|tsv|parquet|feather|arrow|xlsx?|ods|jsonl|ndjson|db|sqlite3?|duckdb|pkl|pickle|joblib|np[yz]|h5|hdf5|nc|mat|rds|dta|sav|sas7bdat|geojson|gpkg|shp|dbf|shx)(\.(gz|bz2|xz|zip))?$/i;

/** Where each file goes, by where it was; both relative to the project. */
export type Moves = ReadonlyMap<string, string>;

/**
 * Where the files of a project belong in the standard layout. Folders move as they are, so that what lies beside each
 * other still does; what the layout says nothing of stays where it is.
 */
export function planMoves(paths: readonly string[], shape: Shape, module: string): Moves {
  const plan = new Planner(paths, shape, module);
  const taken = new Set<string>();
  const ordered = [...paths].sort(
    (one, other) => plan.rank(one) - plan.rank(other) || (one < other ? -1 : 1),
  );
  const moves = ordered.map((path) => {
    const wanted = plan.placeOf(path);
    const place = taken.has(wanted) ? layoutPath('experiment', { name: path }) : wanted;
    taken.add(place);
    return [path, place] as const;
  });
  return new Map(moves);
}

class Planner {
  private readonly source: string;
  private readonly hasTests: boolean;

  constructor(
    private readonly paths: readonly string[],
    private readonly shape: Shape,
    module: string,
  ) {
    this.source = layoutPath('module', { module });
    this.hasTests = below(paths, 'tests').length > 0;
  }

  /** What is in its place already keeps it, and the package comes before what joins it. */
  rank(path: string): number {
    if (this.placeOf(path) === path) return 0;
    return this.isPrimary(path) ? 1 : 2;
  }

  private isPrimary(path: string): boolean {
    return this.shape.primary !== undefined && path.startsWith(`${this.shape.primary}/`);
  }

  placeOf(path: string): string {
    const { primary, roots } = this.shape;
    if (primary !== undefined && this.isPrimary(path))
      return this.inPackage(path.slice(primary.length + 1), this.source, primary);
    const root = roots.find((folder) => folder !== '' && path.startsWith(`${folder}/`));
    return this.atTheTop(root === undefined ? path : path.slice(root.length + 1), root ?? '');
  }

  /** A file of a package: notebooks and tests leave it. */
  private inPackage(path: string, place: string, folder: string, prefix = ''): string {
    if (NOTEBOOK.test(path)) return layoutPath('notebook', { name: prefix + path });
    const parts = path.split('/');
    const at = parts.slice(0, -1).findIndex((part) => FOLDERS.tests.test(part));
    const tests = at < 0 ? [] : below(this.paths, [folder, ...parts.slice(0, at + 1)].join('/'));
    if (tests.some((name) => TEST.test(name)))
      return layoutPath('test', { name: prefix + parts.filter((_, index) => index !== at).join('/') });
    return `${place}/${path}`;
  }

  private atTheTop(path: string, root: string): string {
    const [top = '', ...rest] = path.split('/');
    if (!rest.length) return this.fileAtTheTop(path, root);
    const name = rest.join('/');
    const folder = root ? `${root}/${top}` : top;
    const inside = below(this.paths, folder);
    if (FOLDERS.tests.test(top))
      return layoutPath('test', { name: top === 'tests' || !this.hasTests ? name : path });
    if (FOLDERS.notebooks.test(top)) return layoutPath('notebook', { name });
    if (FOLDERS.data.test(top) && !inside.includes('__init__.py')) return layoutPath('data', { name });
    if (FOLDERS.aside.test(top)) return root ? `${root}/${path}` : path;
    if (FOLDERS.experiments.test(top))
      return layoutPath('experiment', { name: /^experiments?$/i.test(top) ? name : path });
    if (isNotebookFolder(this.paths, folder)) return layoutPath('notebook', { name: path });
    if (inside.some((one) => PYTHON.test(one)) || root)
      return this.inPackage(name, `${this.source}/${top}`, folder, `${top}/`);
    return inside.some((one) => NOTEBOOK.test(one)) ? layoutPath('notebook', { name: path }) : path;
  }

  private fileAtTheTop(path: string, root: string): string {
    if (NOTEBOOK.test(path)) return layoutPath('notebook', { name: path });
    if (TEST.test(path)) return layoutPath('test', { name: path });
    if (PYTHON.test(path) && !staysAtTheTop(path) && !SETUP.test(path)) return `${this.source}/${path}`;
    if (root) return `${this.source}/${path}`;
    return DATA.test(path) ? layoutPath('data', { name: path }) : path;
  }
}

/** The folders whose contents moved together, for people: `notebooks/` → `notebooks/`, with how many files. */
export function summary(
  moves: Moves,
): { readonly from: string; readonly to: string; readonly files: number }[] {
  const groups = new Map<string, { from: string; to: string; files: number }>();
  for (const [from, to] of moves) {
    if (from === to) continue;
    const [before, after] = withoutCommonEnd(from, to);
    const key = `${before}\0${after}`;
    const group = groups.get(key) ?? { from: before, to: after, files: 0 };
    groups.set(key, { ...group, files: group.files + 1 });
  }
  return [...groups.values()].sort((one, other) => (one.from < other.from ? -1 : 1));
}

/** `churn/data/a.py` and `src/churn/data/a.py` → `churn/`… up to the first folder in which they differ. */
function withoutCommonEnd(from: string, to: string): [string, string] {
  const [before, after] = [from.split('/'), to.split('/')];
  while (before.length > 1 && after.length > 1 && before.at(-1) === after.at(-1)) {
    before.pop();
    after.pop();
  }
  if (before.join('/') === from) return [from, to];
  return [`${before.join('/')}/`, `${after.join('/')}/`];
}

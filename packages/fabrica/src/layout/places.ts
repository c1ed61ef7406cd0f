import { LAYOUT, layoutPath } from '../workspace';
import type { Finding } from './findings';

/** Python files that tools look for at the top of a project. */
const AT_THE_TOP = ['conftest.py', 'noxfile.py'];

/** What decides by its place what it may import, and whether production holds it. */
const CODE = /\.(py|pyi|ipynb|sql)$/;
const TEST = /(^|\/)(test_[^/]*|[^/]*_test)\.py$/;

/** Code of a project that is where the layout has no place for it. Paths are relative to the project. */
export function misplaced(folder: string, module: string, paths: readonly string[]): Finding[] {
  const code = paths.filter((path) => CODE.test(path) && !AT_THE_TOP.includes(path));
  return code.flatMap((path) => {
    if (!hasPlace(path, module)) return [noPlace(folder, module, path)];
    return path.startsWith('src/') && TEST.test(path) ? [neverRun(folder, path)] : [];
  });
}

function hasPlace(path: string, module: string): boolean {
  const entries = path.endsWith('.ipynb') ? (['dataset', 'notebook', 'experiment'] as const) : keys;
  return entries.some((entry) => path.startsWith(prefixOf(entry, module)));
}

const keys = Object.keys(LAYOUT) as (keyof typeof LAYOUT)[];

/** `src/bikes/` for the module, `tests/` for tests; a file stands for itself. */
function prefixOf(entry: keyof typeof LAYOUT, module: string): string {
  const path = layoutPath(entry, { module });
  return entry === 'module' ? `${path}/` : path;
}

function noPlace(folder: string, module: string, path: string): Finding {
  const name = path.split('/').at(-1) as string;
  const [what, home] = path.endsWith('.ipynb')
    ? ['a notebook', 'notebooks']
    : TEST.test(path)
      ? ['a test', 'tests']
      : ['code', `src/${module}`];
  return {
    rule: 'no-place',
    file: `${folder}/${path}`,
    message: `the layout has no place for ${what} here: whether production holds it is unclear`,
    hint: `mv ${folder}/${path} ${folder}/${home}/${name}${home === 'tests' ? '' : `; to explore only, ${folder}/experiments/${name}`}`,
  };
}

function neverRun(folder: string, path: string): Finding {
  return {
    rule: 'not-run',
    file: `${folder}/${path}`,
    message: 'a test in src/ is never run: pytest looks in tests/',
    hint: `mv ${folder}/${path} ${folder}/tests/${path.split('/').at(-1)}`,
  };
}

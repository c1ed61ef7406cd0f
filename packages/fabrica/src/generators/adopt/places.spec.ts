import { rewriteModules } from '../../imports/rewrite';
import { OwnModules, type Unreachable } from './modules';
import { planMoves, summary } from './places';
import { stalePaths } from './named-paths';
import { pythonRange } from './python-version';
import { findShape, nameOf } from './shape';

function adopt(
  paths: string[],
  { names = ['churn'], imported = [] as string[], roots = [] as string[] } = {},
) {
  const shape = findShape({ paths, roots, imported: new Set(imported), names });
  const moves = planMoves(paths, shape, 'churn');
  return { shape, moves, placed: Object.fromEntries(moves) };
}

describe('where things go', () => {
  it('a package, its tests and notebooks', () => {
    const paths = [
      ...['churn/__init__.py', 'churn/load.py', 'churn/tests/__init__.py', 'churn/tests/test_load.py'],
      ...['churn/explore.ipynb', 'churn/data/table.csv', 'data/raw/a.csv', 'setup.py', 'conftest.py'],
    ];
    expect(adopt(paths).placed).toEqual({
      'churn/__init__.py': 'src/churn/__init__.py',
      'churn/load.py': 'src/churn/load.py',
      'churn/tests/__init__.py': 'tests/__init__.py',
      'churn/tests/test_load.py': 'tests/test_load.py',
      'churn/explore.ipynb': 'notebooks/explore.ipynb',
      'churn/data/table.csv': 'src/churn/data/table.csv',
      'data/raw/a.csv': 'data/raw/a.csv',
      'setup.py': 'setup.py',
      'conftest.py': 'conftest.py',
    });
  });

  it('loose scripts and several packages', () => {
    const paths = [
      'train.py',
      'utils/clean.py',
      'models/net.py',
      'test/test_a.py',
      'a.ipynb',
      'a.csv',
      'Makefile',
    ];
    expect(adopt(paths).placed).toEqual({
      'train.py': 'src/churn/train.py',
      'utils/clean.py': 'src/churn/utils/clean.py',
      'models/net.py': 'src/churn/models/net.py',
      'test/test_a.py': 'tests/test_a.py',
      'a.ipynb': 'notebooks/a.ipynb',
      'a.csv': 'data/a.csv',
      Makefile: 'Makefile',
    });
  });

  it('`src` that is a package, since code imports it', () => {
    const paths = [
      'src/load.py',
      'src/tests/test_load.py',
      'scripts/run.py',
      'docs/conf.py',
      'examples/a.py',
    ];
    expect(adopt(paths, { imported: ['src'] }).placed).toEqual({
      'src/load.py': 'src/churn/load.py',
      'src/tests/test_load.py': 'tests/test_load.py',
      'scripts/run.py': 'src/churn/scripts/run.py',
      'docs/conf.py': 'docs/conf.py',
      'examples/a.py': 'experiments/examples/a.py',
    });
  });

  it('`src` that holds packages, and another such folder', () => {
    expect(adopt(['src/churn/__init__.py', 'src/other/a.py']).placed).toEqual({
      'src/churn/__init__.py': 'src/churn/__init__.py',
      'src/other/a.py': 'src/churn/other/a.py',
    });
    expect(adopt(['lib/churn/__init__.py'], { roots: ['./lib/'] }).placed).toEqual({
      'lib/churn/__init__.py': 'src/churn/__init__.py',
    });
  });

  it('folders of notebooks, with what lies beside them', () => {
    const paths = ['part 1/a.ipynb', 'part 1/helper.py', 'part 1/data/a.csv', 'nbs/b.ipynb'];
    expect(adopt(paths).placed).toEqual({
      'part 1/a.ipynb': 'notebooks/part 1/a.ipynb',
      'part 1/helper.py': 'notebooks/part 1/helper.py',
      'part 1/data/a.csv': 'notebooks/part 1/data/a.csv',
      'nbs/b.ipynb': 'notebooks/b.ipynb',
    });
  });

  it('never two to one place', () => {
    const { placed } = adopt(['churn/__init__.py', 'churn/train.py', 'train.py']);
    expect(placed).toMatchObject({
      'churn/train.py': 'src/churn/train.py',
      'train.py': 'experiments/train.py',
    });
  });

  it('told in short', () => {
    expect(summary(adopt(['churn/__init__.py', 'churn/a/b.py', 'x.ipynb', 'README.md']).moves)).toEqual([
      { from: 'churn/', to: 'src/churn/', files: 2 },
      { from: 'x.ipynb', to: 'notebooks/x.ipynb', files: 1 },
    ]);
  });
});

describe('imports of its own modules', () => {
  function rewrite(
    paths: string[],
    file: string,
    text: string,
    imported: string[] = [],
    distributions: string[] = [],
  ) {
    const { shape, moves } = adopt(paths, { imported });
    const own = new OwnModules(moves, shape, distributions);
    const unreachable: Unreachable[] = [];
    const rename = own.renameIn(file, (one) => unreachable.push(one));
    const to = moves.get(file) as string;
    const content = rewriteModules(Buffer.from(text), {
      rename,
      file,
      to: to.replace(/^src\//, ''),
    }).content.toString();
    return { content, unreachable: unreachable.map(({ module }) => module) };
  }

  it.each<[string, string[], string, string, string, string[]?]>([
    ['a script beside', ['train.py', 'utils.py'], 'train.py', 'import utils', 'from churn import utils'],
    [
      'a package that joins',
      ['train.py', 'net/a.py'],
      'train.py',
      'from net.a import x',
      'from churn.net.a import x',
    ],
    [
      'beside in a folder',
      ['run/a.py', 'run/b.py', 'c.py'],
      'run/a.py',
      'from b import x',
      'from churn.run.b import x',
    ],
    ['src', ['src/a.py', 'src/b.py'], 'src/a.py', 'from src.b import x', 'from churn.b import x', ['src']],
    [
      'tests',
      ['src/a.py', 'tests/test_a.py'],
      'tests/test_a.py',
      'from src import a',
      'from churn import a',
      ['src'],
    ],
    [
      'sys.path',
      ['src/a.py', 'scripts/b.py'],
      'scripts/b.py',
      'import a, os',
      'import churn.a as a, os',
      ['src'],
    ],
    [
      'a helper of tests',
      ['a.py', 'tests/test_a.py', 'tests/help.py'],
      'tests/test_a.py',
      'import help',
      'import help',
    ],
    [
      'tests in the package',
      ['churn/__init__.py', 'churn/a.py', 'churn/tests/test_a.py'],
      'churn/tests/test_a.py',
      'from ..a import x',
      'from churn.a import x',
    ],
    ['the standard library', ['train.py', 'random.py'], 'train.py', 'import random', 'import random'],
  ])('%s', (...[, paths, file, before, after, imported]) =>
    expect(rewrite(paths, file, before, imported).content).toBe(after),
  );

  it("takes a distribution's module for what it is", () => {
    const paths = ['churn/__init__.py', 'churn/plot.py', 'churn/matplotlib.py'];
    expect(rewrite(paths, 'churn/plot.py', 'import matplotlib', [], ['matplotlib']).content).toBe(
      'import matplotlib',
    );
  });

  it('tells what nothing imports from any more', () => {
    const { content, unreachable } = rewrite(['a.py', 'data/make.py'], 'a.py', 'from data import make');
    expect([content, unreachable]).toEqual(['from data import make', ['data', 'data.make']]);
  });
});

test('files that code names by a path which leads elsewhere now', () => {
  const { moves } = adopt([
    'a.ipynb',
    'train.py',
    'data/a.csv',
    'b.csv',
    'notes/n.txt',
    'x/y.ipynb',
    'x/y.csv',
  ]);
  const texts: Record<string, string> = {
    'a.ipynb': '"source": ["\\n", "read(\\"data/a.csv\\")\\n", "read(\\"notes/n.txt\\")"]',
    'train.py': 'read("data/a.csv")\nread("b.csv")\nread("none.csv")\n',
    'x/y.ipynb': "read('y.csv')",
  };
  expect(
    stalePaths(moves, (path) => texts[path] ?? '').map(({ file, line, path, now }) => [
      file,
      line,
      path,
      now,
    ]),
  ).toEqual([
    ['notebooks/a.ipynb', 1, 'data/a.csv', '../data/a.csv'],
    ['notebooks/a.ipynb', 1, 'notes/n.txt', '../notes/n.txt'],
    ['src/churn/train.py', 2, 'b.csv', 'data/b.csv'],
  ]);
});

test.each([
  [undefined, '>=3.11', false],
  ['>=3.8', '>=3.11', false],
  ['>=3.8,<3.13', '>=3.11,<3.13', false],
  ['==3.12.*', '>=3.12', false],
  ['3.12.1', '>=3.12', false],
  ['==3.8.*', '>=3.11', true],
  ['>=3.6,<3.10', '>=3.11', true],
])('a project for Python %s runs on %s', (stated, requires, older) =>
  expect(pythonRange(stated, { file: 'setup.py' })).toEqual({ requires, older }),
);

test.each([
  ['==2.7.*', 'python-2'],
  ['three', 'bad-python'],
])('Python %s is refused', (stated, code) =>
  expect(() => pythonRange(stated, { file: 'setup.py' })).toThrow(expect.objectContaining({ code })),
);

test.each([
  [['churn/__init__.py'], ['x'], 'churn'],
  [['src/a.py'], ['Customer_Churn'], 'customer-churn'],
  [['a.py'], ['data', 'Churn.Model'], 'churn-model'],
])('the name of %j', (paths, names, name) =>
  expect(nameOf(undefined, adopt(paths, { names }).shape, names)).toBe(name),
);

test('a name that cannot be told', () =>
  expect(() => nameOf(undefined, { roots: [''] }, ['data', '1'])).toThrow(
    expect.objectContaining({ code: 'no-name' }),
  ));

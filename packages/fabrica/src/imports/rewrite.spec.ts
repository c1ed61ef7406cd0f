import { rewriteModules } from './rewrite';

/** The whole project `bikes` becomes `cycles`; `bikes.shared` a package; `utils` a module of `bikes`. */
const project = (module: string) => (module === 'bikes' ? 'cycles' : undefined);
const shared = (module: string) => (module === 'bikes.shared' ? 'fabrica.geo' : undefined);
const inward = (module: string) => (module === 'utils' ? 'bikes.utils' : undefined);

function rewrite(
  rename: (module: string) => string | undefined,
  text: string,
  file = 'tests/test_a.py',
  to?: string,
) {
  const { content, left } = rewriteModules(Buffer.from(text), { rename, file, to });
  expect(left).toEqual([]);
  return content.toString();
}

test.each<[string, string, string]>([
  ['from', 'from bikes.data import read', 'from cycles.data import read'],
  ['from the root', 'from bikes import data, read as r', 'from cycles import data, read as r'],
  ['with an alias', 'import bikes.data as data, os', 'import cycles.data as data, os'],
  [
    'uses',
    'import bikes.data\nx = bikes.data.read(bikes=1)\ny = f"{bikes.data.N:{bikes.a}}"',
    'import cycles.data\nx = cycles.data.read(bikes=1)\ny = f"{cycles.data.N:{cycles.a}}"',
  ],
  ['the root', 'import bikes\nbikes.data.read()', 'import cycles\ncycles.data.read()'],
  ['the root by itself', 'import bikes\nreload(bikes)', 'import cycles as bikes\nreload(bikes)'],
  ['attributes and strings stay', 'import bikes\nx.bikes.y = "bikes"', 'import cycles\nx.bikes.y = "bikes"'],
  ['names that are not imported', 'bikes = 1\nbikes.real', 'bikes = 1\nbikes.real'],
  ['relative', 'from .data import read\nfrom . import a', 'from .data import read\nfrom . import a'],
  ['dynamic', 'importlib.import_module("bikes.data")', 'importlib.import_module("cycles.data")'],
  ['dynamic, the root', "__import__('bikes')", "__import__('cycles')"],
  [
    'comments and layout',
    'from  bikes . data  import (\n  a, # bikes\n)',
    'from  cycles.data  import (\n  a, # bikes\n)',
  ],
  ['joined lines', 'import \\\n  bikes.a as a', 'import \\\n  cycles.a as a'],
  [
    'line ends',
    'from bikes import a\r\nx = """\rbikes"""\r\n',
    'from cycles import a\r\nx = """\rbikes"""\r\n',
  ],
])('a project: %s', (_, before, after) => expect(rewrite(project, before)).toBe(after));

test.each<[string, string, string]>([
  ['from', 'from bikes.shared import a', 'from fabrica.geo import a'],
  ['as a name', 'from bikes import shared', 'from fabrica import geo as shared'],
  ['with an alias', 'from bikes import shared as s', 'from fabrica import geo as s'],
  [
    'among others',
    'if x:\n    from bikes import data, shared, b\n',
    'if x:\n    from fabrica import geo as shared\n    from bikes import data, b\n',
  ],
  [
    'at the end, after others',
    'x = 1; from bikes import data, shared',
    'x = 1; from fabrica import geo as shared; from bikes import data',
  ],
  [
    'in brackets',
    'from bikes import (\n    data,  # why\n    shared,\n)\n',
    'from fabrica import geo as shared\nfrom bikes import (\n    data,  # why\n)\n',
  ],
  [
    'uses beside others',
    'import bikes.data\nimport bikes.shared\nbikes.data.a(bikes.shared.b)',
    'import bikes.data\nimport fabrica.geo\nbikes.data.a(fabrica.geo.b)',
  ],
  ['strings', 'patch("bikes.shared.a", "bikes.shared:b")', 'patch("fabrica.geo.a", "fabrica.geo:b")'],
  [
    'other strings',
    'x = "bikes.data", "shared", "see bikes.shared"',
    'x = "bikes.data", "shared", "see bikes.shared"',
  ],
])('a module: %s', (_, before, after) => expect(rewrite(shared, before)).toBe(after));

test('relative imports that lead to what moved become absolute', () => {
  const text = 'from .shared import a\nfrom . import shared, b\nfrom.shared import c\nfrom ..bikes import b';
  expect(rewrite(shared, text, 'bikes/data.py')).toBe(
    'from fabrica.geo import a\nfrom fabrica import geo as shared\nfrom . import b\nfrom fabrica.geo import c\nfrom ..bikes import b',
  );
});

test('relative imports of a file that moves', () => {
  const rename = (module: string) =>
    ({ 'bikes.geo.a': 'fabrica.geo.a', 'bikes.geo.b': 'fabrica.geo.b' })[module];
  expect(
    rewrite(rename, 'from .b import x\nfrom ..data import y', 'bikes/geo/a.py', 'fabrica/geo/a.py'),
  ).toBe('from .b import x\nfrom bikes.data import y');
});

test.each<[string, string, string]>([
  ['from', 'from utils import a', 'from bikes.utils import a'],
  ['plain', 'import utils\nutils.a()\nreload(utils)', 'from bikes import utils\nutils.a()\nreload(utils)'],
  ['beside others', 'import os, utils', 'import os, bikes.utils as utils'],
  ['with an alias', 'import utils as u', 'import bikes.utils as u'],
  ['dynamic', 'importlib.import_module("utils")', 'importlib.import_module("bikes.utils")'],
  ['strings', 'x = "utils.csv"', 'x = "utils.csv"'],
  ['what is patched', 'mock.patch("utils.load", 1)', 'mock.patch("bikes.utils.load", 1)'],
])('into a package: %s', (_, before, after) => expect(rewrite(inward, before)).toBe(after));

test.each<[string, string, (module: string) => string | undefined, string]>([
  [
    'a name with other meanings',
    'import bikes.data\ndef f(bikes): bikes.data',
    project,
    'from bikes import data',
  ],
  [
    'a new name with other meanings',
    'import bikes.data\ncycles = 1\nbikes.data.a',
    project,
    'from bikes import data',
  ],
  ['a use without an import', 'import bikes\nbikes.shared.a', shared, 'nothing imports fabrica.geo'],
  ['a root that goes', 'import bikes.shared\nbikes.data.a', shared, 'nothing imports bikes'],
  ['pieces', 'importlib.import_module("bikes." "shared")', shared, 'name it in full'],
  ['__import__ of a module', '__import__("bikes.shared")', shared, 'name it in full'],
  ['a broken file', 'from bikes.shared import a\nx = (', shared, 'never closed'],
])('left to a person: %s', (_, text, rename, message) => {
  const { content, left } = rewriteModules(Buffer.from(text), { rename, file: 'a.py' });
  expect(left[0].message).toContain(message);
  expect(content.toString()).toBe(text);
});

describe('encodings', () => {
  it.each([
    ['a byte order mark', Buffer.from('\ufefffrom bikes import é')],
    ['latin-1', Buffer.from('# coding: latin-1\n# é\nfrom bikes import a', 'latin1')],
  ])('stay: %s', (_, content) => {
    const { content: after, left } = rewriteModules(content, { rename: project, file: 'a.py' });
    expect(left).toEqual([]);
    expect(after.toString('latin1')).toBe(content.toString('latin1').replace('bikes', 'cycles'));
  });

  it('that cannot be written', () => {
    const content = Buffer.concat([
      Buffer.from('# coding: koi8-r\nfrom bikes import a # '),
      Buffer.from([0xc1]),
    ]);
    expect(rewriteModules(content, { rename: project, file: 'a.py' })).toEqual({
      content,
      left: [{ message: 'this encoding can be read, but not written: save it as UTF-8', line: 1 }],
    });
  });
});

describe('notebooks', () => {
  const notebook = (...sources: unknown[]) =>
    JSON.stringify(
      {
        cells: sources.map((source) => ({
          cell_type: 'code',
          metadata: { é: 1.0 },
          source,
          outputs: ['bikes'],
        })),
        nbformat: 4,
      },
      null,
      1,
    ).replace(/é/g, '\\u00e9');
  const rewriteNotebook = (rename: (module: string) => string | undefined, text: string) =>
    rewrite(rename, text, 'notebooks/a.ipynb');

  it('changes nothing but the names', () => {
    const text = notebook(
      ['x = "é\\n"; import bikes.data\n', '%time from bikes import a\n'],
      'bikes.data.x\n"\\u00e9"',
    );
    expect(rewriteNotebook(project, text)).toBe(
      text
        .replace('import bikes.data', 'import cycles.data')
        .replace('from bikes import', 'from cycles import')
        .replace('"bikes.data.x', '"cycles.data.x'),
    );
  });

  it('magics and commands', () => {
    const text = notebook(
      ['%aimport bikes.data\n', '!python -m bikes.data x\n', '%run -m bikes.data'],
      '!ls bikes',
    );
    expect(rewriteNotebook(project, text)).toBe(text.replaceAll('bikes.data', 'cycles.data'));
  });

  it('gives a new line a string of its own', () => {
    const lines = ['from bikes import (\n', '    shared,\n', '    data,\n', ')'];
    expect(JSON.parse(rewriteNotebook(shared, notebook(lines))).cells[0].source).toEqual([
      'from fabrica import geo as shared\n',
      'from bikes import (\n',
      '    data,\n',
      ')',
    ]);
  });

  it('names a cell that cannot be rewritten', () => {
    const text = notebook('1', ['import bikes.data\n', 'bikes = 1']);
    expect(rewriteModules(Buffer.from(text), { rename: project, file: 'a.ipynb' }).left).toMatchObject([
      { cell: 2, line: 1 },
    ]);
  });
});

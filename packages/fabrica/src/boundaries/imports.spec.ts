import { check, found, notebook } from './testing/planted';

const TRAIN = 'src/rides/train.py';

describe('imports-project: production and tests import no other project', () => {
  it.each([
    ['import bikes', 'import bikes'],
    ['a submodule', 'import bikes.features as f'],
    ['from', 'from bikes.features import add'],
    ['a module whose name has a hyphen in the folder', 'from bikes_pricing import price'],
    ['one of several', 'import os, bikes'],
    ['in a function', 'def f():\n    from bikes import x'],
    ['import_module', 'import importlib\nimportlib.import_module("bikes.features")'],
    ['__import__', '__import__("bikes")'],
    ['a relative dynamic import', 'import importlib\nimportlib.import_module(".features", package="bikes")'],
    ['for type checkers alone', 'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import bikes'],
    ['below try', 'try:\n    import bikes\nexcept ImportError:\n    pass'],
  ])('%s', (_name, text) => {
    const line = text.split('\n').findIndex((one) => /bikes/.test(one)) + 1;
    expect(found({ [TRAIN]: text })).toEqual([`imports-project ${TRAIN}:${line}`]);
  });

  it.each([
    ['tests/test_train.py'],
    ['conftest.py'],
    ['tests/conftest.py'],
    ['scripts/load.py'],
    ['load.py'],
    ['src/rides/types.pyi'],
  ])('in %s', (path) => {
    expect(found({ [path]: 'import bikes\n' })).toEqual([`imports-project ${path}:1`]);
  });

  it('in a notebook of a dataset, which is production', () => {
    const path = 'src/rides/datasets/trips.ipynb';
    expect(found({ [path]: notebook('x = 1', 'x\nimport bikes') })).toEqual([`imports-project ${path}#2:2`]);
  });

  it('says where, and the way out', () => {
    expect(check({ [TRAIN]: 'from bikes import a, b\n' }).findings).toEqual([
      {
        rule: 'imports-project',
        severity: 'error',
        path: TRAIN,
        line: 1,
        cell: undefined,
        message: 'imports bikes, the module of projects/bikes',
        hint: 'move what both need into a package: npx nx g fabrica:graduate bikes.a --to bikes-shared',
      },
    ]);
  });

  it.each([
    ['import bikes', 'bikes.MODULE'],
    ['import bikes.models.tree', 'bikes.models.tree'],
    ['from bikes.models.tree import fit', 'bikes.models.tree'],
    ['from bikes_pricing.price import *', 'bikes-pricing.price'],
  ])('names the module that is wanted: %s', (text, module) => {
    expect(check({ [TRAIN]: text }).findings[0]?.hint).toContain(`fabrica:graduate ${module} --to `);
  });

  it.each([
    ['its own module', 'import rides\nfrom rides.features import x'],
    ['a relative import', 'from . import bikes\nfrom .bikes import x'],
    ['a module whose name begins like a project', 'import bikes_of_mine, bikes2'],
    ['a variable', 'bikes = 1\nprint(bikes)'],
    ['an attribute', 'import os\nos.bikes\nrides.bikes()'],
    ['a string', 'text = "import bikes"'],
    ['a docstring', '"""\nimport bikes\n"""'],
    ['a comment', '# import bikes'],
    ['what a from takes', 'from collections import bikes'],
  ])('is silent about %s', (_name, text) => {
    expect(found({ [TRAIN]: text })).toEqual([]);
  });

  it('is silent about a module of its own that has the name of a project', () => {
    expect(found({ 'tests/bikes.py': '', 'tests/test_x.py': 'import bikes\n' })).toEqual([]);
    expect(found({ 'src/bikes/__init__.py': '', [TRAIN]: 'import bikes\n' })).toEqual([]);
  });

  it('takes a folder of that name for what it is: no module', () => {
    const files = { 'notebooks/bikes/a.ipynb': notebook(), 'notebooks/bikes/clean.py': '' };
    expect(found({ ...files, 'notebooks/b.py': 'import bikes\n' })).toEqual([
      'experiment-uses notebooks/b.py:1',
    ]);
  });
});

describe('experiment-uses: experiments import the projects that fabrica.yaml names', () => {
  const uses = (...names: string[]) => ({
    'fabrica.yaml': `owner: me\nexperiments:\n  uses: [${names.join(', ')}]\n`,
  });

  it.each([
    ['notebooks/a.py', 'import bikes'],
    ['experiments/b.py', 'from bikes.features import x'],
  ])('refuses others in %s', (path, text) => {
    expect(found({ [path]: text })).toEqual([`experiment-uses ${path}:1`]);
    expect(found({ ...uses('bikes-pricing'), [path]: text })).toEqual([`experiment-uses ${path}:1`]);
    expect(found({ ...uses('bikes'), [path]: text })).toEqual([]);
  });

  it('says the line to add', () => {
    const { findings } = check({ ...uses('bikes-pricing'), 'notebooks/a.ipynb': notebook('import bikes') });
    expect(findings).toMatchObject([
      {
        path: 'notebooks/a.ipynb',
        cell: 1,
        line: 1,
        hint: 'in projects/rides/fabrica.yaml: experiments: { uses: [bikes-pricing, bikes] }',
      },
    ]);
  });

  it('does not let production or tests use them', () => {
    const files = { ...uses('bikes'), [TRAIN]: 'import bikes', 'tests/test_a.py': 'import bikes' };
    expect(found(files)).toEqual([`imports-project ${TRAIN}:1`, 'imports-project tests/test_a.py:1']);
  });

  it('refuses a name that is no project', () => {
    expect(found(uses('bikes', 'boats'))).toEqual(['experiment-uses fabrica.yaml:3']);
    expect(found(uses('storage', 'rides'))).toEqual([
      'experiment-uses fabrica.yaml:3',
      'experiment-uses fabrica.yaml:3',
    ]);
  });
});

describe('package-imports-project: packages know no project', () => {
  const unit = 'packages/storage';

  it.each(['src/fabrica/storage/a.py', 'tests/test_a.py', 'notebooks/a.py', 'conftest.py'])(
    'in %s',
    (path) => {
      expect(found({ [path]: 'import bikes\n' }, { unit })).toEqual([`package-imports-project ${path}:1`]);
    },
  );

  it('nor depend on one', () => {
    expect(found({ 'pyproject.toml': pyprojectOf('bikes>=1') }, { unit })).toEqual([
      'package-imports-project pyproject.toml:4',
    ]);
  });

  it('may take other packages by path', () => {
    const text = `${pyprojectOf('fabrica-logging>=1')}[tool.uv.sources]\nfabrica-logging = { path = "../logging" }\n`;
    expect(
      found({ 'pyproject.toml': text, 'src/fabrica/storage/a.py': 'import fabrica.logging' }, { unit }),
    ).toEqual([]);
  });
});

function pyprojectOf(dependency: string): string {
  return `[project]\nname = "fabrica-storage"\nversion = "1"\ndependencies = ["${dependency}"]\n`;
}

describe('unparsed: what cannot be read is said', () => {
  it.each([
    ['Python that ends in a string', TRAIN, 'x = 1\ny = """text\n', `unparsed ${TRAIN}:2`],
    ['a notebook that is no JSON', 'notebooks/a.ipynb', '{"cells": [', 'unparsed notebooks/a.ipynb:1'],
    ['a pyproject.toml', 'pyproject.toml', '[project\n', 'unparsed pyproject.toml:1'],
    ['a compose file', 'compose.yaml', 'services:\n  a: [..\n', 'unparsed compose.yaml:3'],
  ])('%s', (_name, path, text, expected) => {
    expect(found({ [path]: text })).toEqual([expected]);
  });

  it('keeps what was found before it', () => {
    expect(found({ [TRAIN]: 'import bikes\ny = """text\n' })).toEqual([
      `imports-project ${TRAIN}:1`,
      `unparsed ${TRAIN}:2`,
    ]);
  });
});

import { installedOf, ownersOf } from './installed';
import {
  check,
  distribution,
  found as all,
  INSTALLED,
  notebook,
  pyproject,
  type Planted,
} from './testing/planted';

const TRAIN = 'src/rides/train.py';
const found = (files: Record<string, string>, planted: Planted = {}) =>
  all(files, { installed: INSTALLED, ...planted });
const toml = (dependencies: readonly string[], more = '') => ({
  'pyproject.toml': pyproject(dependencies, more),
});
const DEV = '[dependency-groups]\ndev = ["pandas"]\n';
const EXTRA = '[project.optional-dependencies]\nfast = ["pandas"]\n';

describe('undeclared: what is imported is declared', () => {
  it.each([
    ['a distribution', 'import pandas as pd'],
    ['one with another name', 'import yaml'],
    ['a module below', 'from pandas.api import types'],
    ['one of a namespace', 'from google.cloud import storage'],
    ['a module of a namespace', 'import google.cloud.bigquery'],
    ['a shared package', 'from fabrica import storage'],
    ['by name', 'import importlib\nimportlib.import_module("pandas")'],
  ])('%s', (_name, text) => {
    expect(found({ [TRAIN]: text })).toEqual([`undeclared ${TRAIN}:${text.split('\n').length}`]);
  });

  it.each([
    ['pandas', 'import pandas, pandas.api'],
    ['pyyaml>=6', 'import yaml, _yaml'],
    ['Google.Cloud_Storage', 'from google.cloud import storage\nfrom google.cloud.storage import blob'],
    ['fabrica-storage==1.4.0', 'import fabrica.storage'],
    ['pandas[parquet]>=2', 'import pandas, pyarrow'],
  ])('is silent when pyproject.toml declares %s', (dependency, text) => {
    expect(found({ ...toml([dependency]), [TRAIN]: text })).toEqual([]);
  });

  it('tells the distributions of a namespace apart', () => {
    const text = 'from google.cloud import storage, bigquery\n';
    const { findings } = check(
      { ...toml(['google-cloud-storage']), [TRAIN]: text },
      { installed: INSTALLED },
    );
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringContaining('google.cloud.bigquery, from google-cloud-bigquery'),
    ]);
  });

  it('gives tests and experiments what development declares, and production not', () => {
    const text = 'import pandas\n';
    for (const more of [DEV, EXTRA]) {
      const files = { ...toml([], more), 'tests/test_a.py': text, 'notebooks/a.ipynb': notebook(text) };
      expect(found(files)).toEqual([]);
      expect(found({ ...files, [TRAIN]: text })).toEqual([`undeclared ${TRAIN}:1`]);
    }
    expect(
      found({
        ...toml([], DEV),
        [TRAIN]: `from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    ${text}`,
      }),
    ).toEqual([]);
    expect(found({ 'tests/test_a.py': text, 'notebooks/a.ipynb': notebook(text) })).toEqual([
      'undeclared notebooks/a.ipynb#1:1',
      'undeclared tests/test_a.py:1',
    ]);
  });

  it('lets a package import what an extra of its own brings', () => {
    const unit = 'packages/storage';
    const files = { 'src/fabrica/storage/a.py': 'import pandas\n' };
    expect(found({ ...files, ...toml([], EXTRA) }, { unit })).toEqual([]);
    expect(found({ ...files, ...toml([], DEV) }, { unit })).toEqual([
      'undeclared src/fabrica/storage/a.py:1',
    ]);
  });

  it('says what to add where', () => {
    const files = {
      [TRAIN]: 'import yaml\nfrom fabrica import storage\n',
      'tests/test_a.py': 'import pytest\n',
    };
    expect(check(files, { installed: INSTALLED }).findings.map(({ hint }) => hint)).toEqual([
      'add "pyyaml" to dependencies in projects/rides/pyproject.toml, then: npx nx run rides:lock',
      'add "fabrica-storage==1.4.0" to dependencies in projects/rides/pyproject.toml, then: npx nx run rides:lock',
      'add "pytest" to the group dev in projects/rides/pyproject.toml, then: npx nx run rides:lock',
    ]);
  });

  it.each([
    ['the standard library', 'import os, json, __future__\nfrom typing import Any'],
    ['its own module', 'import rides.features\nfrom . import pandas'],
    ['a module of its own that has the name of a distribution', 'import features'],
  ])('is silent about %s', (_name, text) => {
    expect(found({ [TRAIN]: text, 'src/features.py': '' })).toEqual([]);
  });

  it.each([
    ['at the top', 'import unheard_of', 1],
    ['what a from takes', 'from unheard.of import it, that', 1],
    ['in a function', 'def f():\n    import unheard_of', 2],
    ['after a try', 'try:\n    pass\nexcept OSError:\n    pass\nif True:\n    import unheard_of', 6],
  ])('refuses what nothing brings: %s', (_name, text, line) => {
    expect(found({ [TRAIN]: text })).toEqual([`undeclared ${TRAIN}:${line}`]);
  });

  it.each([
    ['in a try', 'try:\n    import unheard_of\nexcept ImportError:\n    unheard_of = None'],
    ['in an except', 'try:\n    import json as x\nexcept ImportError:\n    import unheard_of as x'],
    ['below a try', 'try:\n    if fast:\n\n        import unheard_of\nexcept ImportError:\n    pass'],
    [
      'for type checkers',
      'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from _typeshed import StrPath',
    ],
    ['the beginning of a namespace', 'import google'],
  ])('is silent about what may be missing: %s', (_name, text) => {
    expect(found({ [TRAIN]: text })).toEqual([]);
  });

  it('warns of it in a notebook, which nobody else is stopped by', () => {
    expect(found({ 'notebooks/a.ipynb': notebook('import unheard_of\n') })).toEqual([
      '~undeclared notebooks/a.ipynb#1:1',
    ]);
  });

  it('leaves experiments alone that use other projects, which have an environment of their own', () => {
    const text = 'import unheard_of\n';
    const files = { 'experiments/a.py': text, 'fabrica.yaml': 'owner: x\nexperiments:\n  uses: [bikes]\n' };
    expect(found({ 'experiments/a.py': text })).toEqual(['undeclared experiments/a.py:1']);
    expect(found(files)).toEqual([]);
  });

  it('says that it was not looked for where there is no environment, except for shared packages', () => {
    const checked = check({ [TRAIN]: 'import pandas\nimport fabrica.storage\n' });
    expect(checked.findings.map(({ rule, line }) => [rule, line])).toEqual([['undeclared', 2]]);
    expect(checked.isInstalled).toBe(false);
  });
});

describe('unused: what is declared is imported', () => {
  it('warns of a production dependency that nothing imports', () => {
    expect(found(toml(['pandas', 'fabrica-storage']))).toEqual([
      '~unused pyproject.toml:5',
      '~unused pyproject.toml:6',
    ]);
  });

  it.each([
    ['in any zone', { ...toml(['pandas']), 'notebooks/a.py': 'import pandas' }],
    [
      'for types alone',
      {
        ...toml(['pandas']),
        [TRAIN]: 'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas',
      },
    ],
    ['for its extras', toml(['pandas[parquet]'])],
    ['stubs', toml(['pandas-stubs'])],
    ['what is not installed here', toml(['pywin32; sys_platform == "win32"'.replaceAll('"', "'")])],
    ['for development', toml([], DEV)],
  ])('is silent about what is used: %s', (_name, files: Record<string, string>) => {
    expect(found(files)).toEqual([]);
  });
});

describe('what an environment holds', () => {
  const owners = (module: string, ...distributions: ReturnType<typeof distribution>[]) =>
    ownersOf(installedOf(distributions), module);

  it('is read from RECORD: packages, single files, compiled modules', () => {
    const one = distribution('one', [
      'one/__init__.py',
      'one/sub/a.py',
      'two.py',
      'three.cpython-311-x86_64-linux-gnu.so',
      '../../bin/one',
    ]);
    expect(one.modules).toEqual(['one', 'two', 'three']);
    expect(owners('one.sub.a', one)).toEqual(['one']);
    expect(owners('onerous', one)).toBeUndefined();
  });

  it('knows several owners of a module', () => {
    const both = [distribution('a', ['shared/__init__.py']), distribution('b', ['shared/__init__.py'])];
    expect(owners('shared.x', ...both)).toEqual(['a', 'b']);
  });
});

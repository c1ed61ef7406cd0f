import { poetrySpecifier, relaxed } from './constraints';
import { readConda } from './conda';
import { lockedVersions } from './locks';
import { readPipfile } from './pipenv';
import { readPyprojectOf } from './pyproject';
import { readRequirements } from './requirements';
import type { Manifest } from './types';

const none = () => undefined;
const reading = (files: Record<string, string>) => (path: string) => files[path];

/** Dependencies as `group: requirement`. */
const stated = ({ dependencies }: Manifest) =>
  dependencies.map(({ text, group }) => (group ? `${group}: ${text}` : text));
const left = (manifest: Manifest) => manifest.left.map(({ what, place }) => `${place.line}: ${what}`);

describe('environment.yml', () => {
  const environment = `name: churn
channels: [conda-forge, defaults]
dependencies:
  - python=3.9
  - pip
  - numpy=1.21
  - pandas=1.3.4=py39h1e9bf4a_0
  - conda-forge::scikit-learn>=1.0,<2
  - pytorch::pytorch 1.13.*
  - matplotlib-base
  - "scipy[version='>=1.7']"
  - cudatoolkit=11.3
  - dask=2021.3|2021.4
  - pip:
      - -r extra.txt
      - shap==0.40.0
      - git+https://example.com/a/b.git
`;
  const manifest = readConda(
    'environment.yml',
    environment,
    reading({ 'extra.txt': 'Flask_Cors>=3 # why\n' }),
  );

  it('has its packages by their names on PyPI, and its Python', () => {
    expect(manifest).toMatchObject({ name: 'churn', python: '==3.9.*', isLock: false, reads: ['extra.txt'] });
    expect(stated(manifest)).toEqual([
      'numpy==1.21.*',
      'pandas==1.3.4',
      'scikit-learn>=1.0,<2',
      'torch==1.13.*',
      'matplotlib',
      'scipy>=1.7',
      'dask',
      'flask-cors>=3',
      'shap==0.40.0',
    ]);
    expect(manifest.dependencies.find(({ name }) => name === 'torch')).toMatchObject({
      was: 'pytorch::pytorch 1.13.*',
      place: { file: 'environment.yml', line: 9 },
    });
  });

  it('drops nothing silently', () => {
    expect(left(manifest)).toEqual([
      '12: cudatoolkit=11.3',
      '13: dask=2021.3|2021.4',
      '17: git+https://example.com/a/b.git',
    ]);
  });

  it('knows the export of all that was installed', () => {
    expect(readConda('environment.yml', 'dependencies: [numpy]\nprefix: /opt/conda\n', none).isLock).toBe(
      true,
    );
  });

  it.each([
    ['dependencies:\n  - numpy\n - pandas\n', 3],
    ['name: a\ndependencies: numpy\n', 2],
    ['dependencies:\n  - numpy\n  - [pandas]\n', 3],
  ])('tells the line of a mistake: %j', (text, line) => {
    expect(() => readConda('environment.yml', text, none)).toThrow(
      expect.objectContaining({ code: 'bad-environment', place: { file: 'environment.yml', line } }),
    );
  });
});

describe('requirements files', () => {
  const files = {
    'requirements/base.txt':
      'pandas[sql] >= 1.3 ; python_version < "3.13"\nnumpy==1.21.0 \\\n    --hash=sha256:00\n',
    'constraints.txt': 'urllib3<2\n',
  };
  const text = `-r requirements/base.txt
-c constraints.txt
-e .
-e ./libs/own
--extra-index-url https://example.com/simple
package @ https://example.com/package-1.0.zip
Not a requirement!
Pillow   # for images
`;
  const manifest = readRequirements('requirements.txt', text, reading(files));

  it('are read with those that they name', () => {
    expect(stated(manifest)).toEqual([
      'pandas[sql]>=1.3 ; python_version < "3.13"',
      'numpy==1.21.0',
      'pillow',
    ]);
    expect(manifest.constraints?.map(({ text }) => text)).toEqual(['urllib3<2']);
    expect(left(manifest)).toEqual([
      '4: -e ./libs/own',
      '5: --extra-index-url https://example.com/simple',
      '6: package @ https://example.com/package-1.0.zip',
      '7: Not a requirement!',
    ]);
  });

  it('are for development by their name', () => {
    expect(
      stated(
        readRequirements(
          'requirements-dev.txt',
          '-r requirements.txt\nblack\n',
          reading({ 'requirements.txt': 'numpy' }),
        ),
      ),
    ).toEqual(['dev: numpy', 'dev: black']);
  });

  it('must have the files that they name', () => {
    expect(() => readRequirements('requirements.txt', '\n-r base.txt', none)).toThrow(
      expect.objectContaining({ code: 'bad-requirements', place: { file: 'requirements.txt', line: 2 } }),
    );
  });
});

test.each([
  ['^1.4', '>=1.4,<2'],
  ['^0.2.3', '>=0.2.3,<0.3'],
  ['^0.0', '>=0.0,<0.1'],
  ['~1.4', '>=1.4,<1.5'],
  ['~1', '>=1,<2'],
  ['1.*', '==1.*'],
  ['1.4.2', '==1.4.2'],
  ['>=1.4 <2', '>=1.4,<2'],
  ['*', ''],
  ['^1.1 || ^2.0', '>=1.1,<3'],
  ['^1 || ^3', undefined],
])("Poetry's %s is %s", (constraint, specifier) => expect(poetrySpecifier(constraint)).toBe(specifier));

test.each([
  ['==1.19.5', '>=1.19.5'],
  ['==1.19.*', '>=1.19'],
  ['===2.0+cpu', '>=2.0'],
  ['>=1,<2', '>=1,<2'],
])('%s is %s when pins are relaxed', (specifier, loose) => expect(relaxed(specifier)).toBe(loose));

describe('pyproject.toml', () => {
  it("is Poetry's", () => {
    const text = `[tool.poetry]
name = "churn"
version = "1.2.0"
description = "Who leaves."
packages = [{ include = "churn", from = "lib" }]

[tool.poetry.dependencies]
python = "^3.9"
Pandas = "^1.3"
scipy = { version = "~1.7", extras = ["all"], python = "<3.12" }
plotly = { version = "*", optional = true }
own = { path = "../own" }

[tool.poetry.extras]
plots = ["plotly"]

[tool.poetry.dev-dependencies]
black = "22.1.0"

[tool.poetry.group.test.dependencies]
pytest = ">=7"

[tool.poetry.group.docs.dependencies]
sphinx = "*"

[tool.mypy]
strict = true
`;
    const manifest = readPyprojectOf('pyproject.toml', text, none);
    expect(manifest).toMatchObject({
      kind: 'Poetry',
      name: 'churn',
      version: '1.2.0',
      description: 'Who leaves.',
      python: '>=3.9,<4',
      roots: ['lib'],
      tools: { mypy: { strict: true } },
    });
    expect(stated(manifest)).toEqual([
      'pandas>=1.3,<2',
      'scipy[all]>=1.7,<1.8 ; python_version < "3.12"',
      'plots: plotly',
      'dev: black==22.1.0',
      'dev: pytest>=7',
      'docs: sphinx',
    ]);
    expect(left(manifest)).toEqual(['12: own = {"path":"../own"}']);
  });

  it('is standard: dependencies, extras, groups, and what setuptools reads from files', () => {
    const text = `[project]
name = "churn"
requires-python = ">=3.9"
dynamic = ["dependencies"]

[project.optional-dependencies]
test = ["pytest"]
plots = ["plotly>=5"]
all = ["churn[plots]"]

[dependency-groups]
lint = ["ruff"]

[tool.setuptools.dynamic]
dependencies = { file = ["requirements.in"] }

[tool.pytest.ini_options]
markers = ["slow"]
`;
    const manifest = readPyprojectOf('pyproject.toml', text, reading({ 'requirements.in': 'numpy' }));
    expect(stated(manifest)).toEqual(['dev: pytest', 'plots: plotly>=5', 'lint: ruff', 'numpy']);
    expect(manifest).toMatchObject({
      python: '>=3.9',
      pytest: { markers: ['slow'] },
      reads: ['requirements.in'],
    });
  });

  it('tells the line of a mistake', () => {
    expect(() => readPyprojectOf('pyproject.toml', '[project]\nname = churn\n', none)).toThrow(
      expect.objectContaining({ code: 'bad-toml', place: { file: 'pyproject.toml', line: 2 } }),
    );
  });
});

test('a Pipfile', () => {
  const text = `[[source]]
name = "pypi"
url = "https://example.com/simple"

[[source]]
name = "company"
url = "https://example.com/company"

[packages]
pandas = "*"
numpy = {version = "==1.26.0", sys_platform = "== 'win32'"}
own = {git = "https://example.com/own.git"}
churn = {path = ".", editable = true}

[dev-packages]
pytest = ">=7"

[requires]
python_version = "3.11"
`;
  const manifest = readPipfile('Pipfile', text);
  expect(stated(manifest)).toEqual(['pandas', `numpy==1.26.0 ; sys_platform == 'win32'`, 'dev: pytest>=7']);
  expect(manifest.python).toBe('==3.11.*');
  expect(left(manifest)).toEqual([
    '12: own = {"git":"https://example.com/own.git"}',
    '6: source company: https://example.com/company',
  ]);
});

test('what a project ran with, by its locks', () => {
  const files = {
    'poetry.lock': '[[package]]\nname = "Pandas"\nversion = "1.5.3"\n',
    'Pipfile.lock':
      '{"default": {"numpy": {"version": "==1.26.0"}}, "develop": {"pytest": {"version": "==7.4.0"}}}',
    'conda-linux-64.lock':
      '@EXPLICIT\nhttps://example.com/linux-64/pytorch-1.13.1-py3.9_cpu_0.tar.bz2#00\nhttps://example.com/linux-64/zlib-1.2.13-h5.conda\n',
    'uv.lock': 'not TOML',
  };
  expect(Object.fromEntries(lockedVersions(Object.keys(files), reading(files), []))).toEqual({
    pandas: '1.5.3',
    numpy: '1.26.0',
    pytest: '7.4.0',
    torch: '1.13.1',
  });
});

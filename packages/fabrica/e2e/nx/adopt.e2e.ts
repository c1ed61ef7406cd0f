import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commit, expectPasses, freshFolder, git, nx, nxOk, workspaceWithSource, write } from './workspace';

/** Scripts and a package called `src`, with what conda says of them: as courses and analyses come. */
const CONDA = {
  'environment.yml': `name: penguins-env
channels: [conda-forge]
dependencies:
  - python=3.11
  - pyyaml=6.0
  - make=4.4
  - pip
  - pip:
      - tabulate==0.9.0
`,
  'src/settings.py': 'import yaml\n\ndef settings(text):\n    return yaml.safe_load(text)\n',
  'scripts/show.py':
    'import sys\nsys.path.append("src")\nfrom settings import settings\nfrom tabulate import tabulate\n\ndef show( text ):\n  return tabulate(settings(text).items())\n',
  'tests/test_settings.py':
    'from src.settings import settings\nfrom scripts.show import show\n\ndef test_settings():\n    assert settings("a: 1") == {"a": 1}\n    assert "1" in show("a: 1")\n',
  'data/a.csv': 'a\n1\n',
};

/** A package of Poetry that knows its version, with its tests inside and a lock. */
const POETRY = {
  'pyproject.toml': `[tool.poetry]
name = "wine-quality"
version = "0.3.0"
description = "How good a wine is."

[tool.poetry.dependencies]
python = "^3.9"
iniconfig = "^2.0"

[tool.poetry.group.test.dependencies]
pytest = ">=7,<9"
`,
  'poetry.lock': '[[package]]\nname = "iniconfig"\nversion = "2.0.0"\n',
  'wine_quality/__init__.py':
    'from importlib.metadata import version\n\n__version__ = version("wine-quality")\n',
  'wine_quality/read.py':
    'from iniconfig import IniConfig\n\ndef read(path):\n    return dict(IniConfig(path)["wine"].items())\n',
  'wine_quality/tests/__init__.py': '',
  'wine_quality/tests/test_read.py':
    'from pathlib import Path\nfrom .. import __version__\nfrom ..read import read\n\ndef test_read():\n    assert read(Path(__file__).parent / "wine.ini") == {"colour": "red"}\n    assert __version__ == "0.3.0"\n',
  'wine_quality/tests/wine.ini': '[wine]\ncolour = red\n',
};

/** Two projects that were made elsewhere are taken in, locked, installed and checked: through real Nx. */
describe('a project is taken in', () => {
  const root = workspaceWithSource({});
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const adopt = (...args: string[]) => [
    'g',
    'fabrica:adopt',
    ...args,
    '--owner=mobility',
    '--no-interactive',
  ];
  const expectGreen = (project: string) => {
    for (const target of ['test', 'lint', 'typecheck', 'layout']) expectPasses(root, `${project}:${target}`);
  };

  it('from a folder, as Conda has it', () => {
    const source = join(freshFolder(), 'penguins');
    write(source, CONDA);
    expect(nxOk(root, [...adopt(source), '--dry-run']).text).toContain(
      'CREATE projects/penguins/pyproject.toml',
    );
    expect(existsSync(join(root, 'projects/penguins'))).toBe(false);

    const { text } = nxOk(root, adopt(source));
    expect(text).toContain('npx nx test penguins');
    expect(read('projects/penguins/ADOPTED.md')).toContain('`make=4.4` (`environment.yml:6`)');
    expect(read('projects/penguins/requirements.txt')).toContain('tabulate==0.9.0');
    expectGreen('penguins');
  });

  it('from a repository, as Poetry has it, with its history and the versions of its lock', () => {
    const source = freshFolder();
    write(source, POETRY);
    git(source, 'init', '--quiet', '--initial-branch=main');
    commit(source, 'Wine');
    git(root, 'config', 'user.name', 'Test');
    git(root, 'config', 'user.email', 'test@example.com');

    nxOk(root, adopt(`file://${source}`, '--name=wine-quality'));
    expect(read('projects/wine-quality/requirements.txt')).toContain('iniconfig==2.0.0');
    const log = git(root, 'log', '--format=%s', '--follow', '--', 'projects/wine-quality/tests/test_read.py');
    expect(log).toContain('Wine\n');
    expectGreen('wine-quality');
  });

  it('once', () => {
    commit(root, 'Projects');
    const source = join(freshFolder(), 'penguins');
    write(source, CONDA);
    expect(nxOk(root, adopt(source)).text).toContain('penguins is projects/penguins already: nothing to do');
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  it('or refused by what is wrong, without a stack', () => {
    const source = freshFolder();
    write(source, { 'a.py': '', 'environment.yml': 'dependencies:\n  - numpy\n - pandas\n' });
    const { code, text } = nx(root, adopt(source, '--name=broken'));
    expect(code).toBe(1);
    expect(text).toContain('environment.yml:3: this is not YAML');
    expect(text).not.toMatch(/^\s+at /m);
    expect(git(root, 'status', '--porcelain')).toBe('');
  });
});

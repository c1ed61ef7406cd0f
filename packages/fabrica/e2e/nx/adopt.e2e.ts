import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { outdatedPins } from '../../src/python/outdated-pins';
import {
  cleanEnvironment,
  commit,
  expectPasses,
  freshFolder,
  git,
  nx,
  nxOk,
  workspaceWithPlugin,
  write,
} from './workspace';

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

/**
 * Packs what an index has of a distribution: its version 1 as source, which today's Python builds or not, and 2 as a
 * wheel.
 */
const PACK = `
import io, sys, tarfile, zipfile
name, folder, builds = sys.argv[1:]
about = lambda version: f"Metadata-Version: 2.2\\nName: {name}\\nVersion: {version}\\n"
backend = f"""
import zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    file = "{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(folder + "/" + file, "w") as wheel:
        for path, text in {{"METADATA": {about("1.0")!r}, "WHEEL": "Wheel-Version: 1.0\\\\nTag: py3-none-any\\\\n", "RECORD": ""}}.items():
            wheel.writestr("{name}-1.0.dist-info/" + path, text)
    return file
"""
files = {
    "PKG-INFO": about("1.0"),
    "pyproject.toml": '[build-system]\\nrequires = []\\nbuild-backend = "backend"\\nbackend-path = ["."]\\n',
    "backend.py": backend if builds == "builds" else "import such_a_thing_is_gone\\n",
}
with tarfile.open(f"{folder}/{name}-1.0.tar.gz", "w:gz") as sdist:
    for path, text in files.items():
        entry = tarfile.TarInfo(f"{name}-1.0/{path}")
        entry.size = len(text)
        sdist.addfile(entry, io.BytesIO(text.encode()))
with zipfile.ZipFile(f"{folder}/{name}-2.0-py3-none-any.whl", "w") as wheel:
    info = f"{name}-2.0.dist-info"
    wheel.writestr(f"{name}.py", "def answer():\\n    return 42\\n")
    wheel.writestr(f"{info}/METADATA", about("2.0"))
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", "")
`;

function pack(name: string, folder: string, builds: 'builds' | 'fails'): string {
  execFileSync('python3', ['-c', PACK, name, folder, builds]);
  const bytes = readFileSync(join(folder, `${name}-1.0.tar.gz`));
  return `${name}==1.0 --hash=sha256:${createHash('sha256').update(bytes).digest('hex')}\n`;
}

/** An index that takes every question, and never answers. */
async function silentIndex(): Promise<{ server: Server; address: string; asked: Promise<unknown> }> {
  const server = createServer(() => undefined);
  const asked = once(server, 'request');
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`, asked };
}

/** Two projects that were made elsewhere are taken in, locked, installed and checked: through real Nx. */
describe('a project is taken in', () => {
  const root = workspaceWithPlugin({});
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

  it('with pins that no Python here can install: they are lower limits then', () => {
    const [source, wheels] = [join(freshFolder(), 'answers'), freshFolder()];
    pack('oldanswer', wheels, 'fails');
    write(source, {
      'requirements.txt': 'oldanswer==1.0\n',
      'answers/__init__.py': 'from oldanswer import answer\n',
      'tests/test_answers.py':
        'from answers import answer\n\ndef test_answer():\n    assert answer() == 42\n',
      '.env': 'SECRET=a\n',
    });
    const env = { UV_FIND_LINKS: wheels };
    const { text } = nxOk(root, adopt(source), env);
    expect(text).toContain("The Python here can't install oldanswer as pinned");
    expect(read('projects/answers/requirements.txt')).toContain('oldanswer==2.0');
    expect(nx(root, ['run', 'answers:test'], env)).toMatchObject({ code: 0 });
    git(root, 'add', '--all');
    expect(git(root, 'ls-files', 'projects/answers')).not.toContain('.env');

    const kept = nxOk(root, [...adopt(source), '--name=pinned', '--no-relax'], env);
    expect(kept.text).not.toContain('lower limits now');
    const failed = nx(root, ['run', 'pinned:test'], env);
    expect(failed.text).toContain('npx nx run pinned:lock --upgrade=oldanswer');
    expect(failed.text).toContain("No module named 'such_a_thing_is_gone'");
    expect(failed.text).not.toContain('UV_DEFAULT_INDEX');
  });

  it('with pins that have no wheel, which count as old when they do not build', async () => {
    const [at, wheels] = [join(root, 'projects/built'), freshFolder()];
    const env = { ...process.env, UV_NO_INDEX: '1', UV_FIND_LINKS: wheels };
    const oldOf = async (lock: string) => {
      write(at, { 'requirements-dev.txt': lock });
      return outdatedPins(root, 'projects/built', { env });
    };
    write(at, { 'pyproject.toml': '[project]\nname = "built"\nversion = "0.1.0"\n' });
    const [builds, fails] = [pack('oldbuilt', wheels, 'builds'), pack('oldbroken', wheels, 'fails')];
    expect(await oldOf(builds)).toEqual([]);
    expect(await oldOf(fails)).toEqual(['oldbroken']);
    rmSync(join(wheels, 'oldbroken-2.0-py3-none-any.whl'));
    expect(await oldOf(fails)).toEqual([]);
    rmSync(at, { recursive: true });
  });

  it('on which Ctrl-C comes while it is locked: the same command goes on, with the old versions', async () => {
    const source = join(freshFolder(), 'wines');
    write(source, POETRY);
    const args = [...adopt(source), '--name=wines'];
    const { server, address, asked } = await silentIndex();
    const child = spawn(process.execPath, [join(root, 'node_modules/nx/dist/bin/nx.js'), ...args], {
      cwd: root,
      detached: true,
      env: cleanEnvironment({ NX_ISOLATE_PLUGINS: 'false', UV_DEFAULT_INDEX: address, UV_NO_CACHE: '1' }),
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    const ended = once(child, 'close');
    await Promise.race([asked, ended]);
    process.kill(-(child.pid as number), 'SIGINT');
    await ended;
    server.closeAllConnections();
    server.close();
    expect(said).toContain('projects/wines is there, and has no lock yet');
    expect(existsSync(join(root, 'projects/wines/requirements.txt'))).toBe(false);

    expect(nxOk(root, args).text).toContain('what is missing is its lock');
    expect(read('projects/wines/requirements.txt')).toContain('iniconfig==2.0.0');
    expect(nxOk(root, args).text).toContain('nothing to do');
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

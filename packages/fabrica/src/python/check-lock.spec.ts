import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { FabricaError, FabricaErrors } from '../support/errors';
import { checkLock } from './check-lock';
import { stateInputs } from './lock-inputs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fabrica-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(folder: string, files: Record<string, string>): void {
  mkdirSync(join(root, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, folder, name), text);
}

const project = (dependencies: string[], dev: string[] = ['pytest']): string =>
  `[project]\nname = "p"\nversion = "0.1.0"\ndependencies = [\n${dependencies.map((one) => `  ${JSON.stringify(one)},\n`).join('')}]\n[dependency-groups]\ntest = ["pytest"]\ndev = [{ include-group = "test" }, ${dev.map((one) => JSON.stringify(one)).join(', ')}]\n`;

const named = (name: string, dependencies: string[]): string =>
  project(dependencies).replace('"p"', `"${name}"`);

/** Each finding as it is shown: file, line if there is one, message. */
function found(folder: string): string[] {
  try {
    checkLock(root, folder);
    return [];
  } catch (error) {
    if (!(error instanceof FabricaError)) throw error;
    const errors = error instanceof FabricaErrors ? error.errors : [error];
    return errors.map(({ message, place }) =>
      [relative(join(root, folder), place?.file ?? ''), place?.line, ` ${message}`]
        .filter((part) => part !== undefined)
        .join(':'),
    );
  }
}

describe('checkLock of a project', () => {
  it.each([
    ['a merge stopped here, and both versions are in the file', '<<<<<<< HEAD\npandas==3.1.1\n=======\n'],
    ['a hash stands here without its pin', `numpy==2.4.0\n    --hash=sha256:${'0'.repeat(64)}\n`],
  ])('says that %s, and how to get the lock back', (what, text) => {
    write('projects/p', { 'pyproject.toml': project(['pandas>=2']), 'requirements.txt': text });
    const line = text.startsWith('<') ? 1 : 2;
    expect(found('projects/p')).toEqual([`requirements.txt:${line}: ${what}`]);
    expect(() => checkLock(root, 'projects/p')).toThrow(
      expect.objectContaining({
        hint: 'git checkout HEAD -- projects/p/requirements.txt && npx nx run p:lock',
      }),
    );
  });

  it('accepts a lock that fits', () => {
    write('projects/p', {
      'pyproject.toml': project(['pandas>=2', 'tzdata ; sys_platform == "none"']),
      'requirements.txt': 'pandas==3.1.1\n',
      'requirements-dev.txt': 'pandas==3.1.1\npytest==9.2.0\n',
    });
    expect(found('projects/p')).toEqual([]);
  });

  it('accepts pins that pyproject.toml does not name: other pins need them, or did', () => {
    write('projects/p', {
      'pyproject.toml': project(['pandas>=2']),
      'requirements.txt': 'numpy==2.4.0\npandas==3.1.1\nsix==1.17.0\n',
      'requirements-dev.txt': 'numpy==2.4.0\npandas==3.1.1\npytest==9.2.0\nsix==1.17.0\n',
    });
    expect(found('projects/p')).toEqual([]);
  });

  it('names a dependency without a pin, its line and the command', () => {
    write('projects/p', {
      'pyproject.toml': project(['six', 'pandas>=2']),
      'requirements.txt': 'six==1.17.0\n',
      'requirements-dev.txt': 'six==1.17.0\npytest==9.2.0\n',
    });
    const error = (() => {
      try {
        return checkLock(root, 'projects/p');
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toMatchObject({
      code: 'lock-stale',
      message: 'pandas is not in requirements.txt',
      hint: 'npx nx run p:lock',
      place: { file: join(root, 'projects/p/pyproject.toml'), line: 6 },
    });
  });

  it('names a pin that pyproject.toml no longer allows, and locks that disagree, all at once', () => {
    write('projects/p', {
      'pyproject.toml': project(['pandas>=4'], ['ruff']),
      'requirements.txt': 'pandas==3.1.1\n',
      'requirements-dev.txt': 'pandas==3.0.0\npytest==9.2.0\n',
    });
    expect(found('projects/p')).toEqual([
      'pyproject.toml:5: pandas>=4 is wanted, but requirements.txt:1 pins 3.1.1',
      'pyproject.toml:9: ruff is not in requirements-dev.txt',
      'requirements.txt:1: pandas 3.1.1 is pinned, but requirements-dev.txt pins 3.0.0',
    ]);
  });

  it('says that a lock is missing', () => {
    write('projects/p', { 'pyproject.toml': project([]) });
    expect(found('projects/p')).toEqual(['requirements.txt: the lock is missing']);
  });

  it('says where pyproject.toml is no TOML', () => {
    write('projects/p', { 'pyproject.toml': '[project\n' });
    expect(() => checkLock(root, 'projects/p')).toThrow(
      expect.objectContaining({ code: 'bad-pyproject', place: expect.objectContaining({ line: 1 }) }),
    );
  });
});

describe('a lock that says what it was made from', () => {
  const before = project(['pandas[sql]>=2', 'six ; python_version < "3.12"'], ['pytest', 'ruff']);
  const locks = {
    'requirements.txt': 'pandas==3.1.1\nsix==1.17.0\n',
    'requirements-dev.txt': 'pandas==3.1.1\npytest==9.2.0\nruff==0.14.0\nsix==1.17.0\n',
  };
  const PRODUCTION = ['requirements.txt:1: requirements.txt was made from other dependencies'];
  const DEVELOPMENT = ['requirements-dev.txt:1: requirements-dev.txt was made from other dependencies'];

  beforeEach(() => {
    write('projects/p', { 'pyproject.toml': before, ...locks });
    stateInputs(root, 'projects/p');
  });

  it.each([
    ['another extra', ['sql]', 'sql, parquet]'], PRODUCTION],
    ['no extra', ['[sql]', ''], PRODUCTION],
    ['another marker', ['3.12', '3.13'], PRODUCTION],
    ['another Python', ['dependencies', 'requires-python = ">=3.12"\ndependencies'], PRODUCTION],
    ['a dependency less', [/ {2}"six.*\n/, ''], PRODUCTION],
    ['a dependency of development less', [', "ruff"', ''], DEVELOPMENT],
    ['a constraint', [/$/, '[tool.uv]\nconstraint-dependencies = ["numpy<3"]\n'], PRODUCTION],
    ['an override', [/$/, '[tool.uv]\noverride-dependencies = ["numpy==2.1"]\n'], PRODUCTION],
    ['a date', [/$/, '[tool.uv]\nexclude-newer = 2026-01-01\n'], PRODUCTION],
    ['another source', [/$/, '[tool.uv.sources]\nsix = { git = "https://example.com/six" }\n'], PRODUCTION],
    [
      'a dependency more, which its line tells',
      ['"ruff"', '"ruff", "idna"'],
      ['pyproject.toml:10: idna is not in requirements-dev.txt'],
    ],
  ] as const)('sees %s', (_case, [from, to], expected) => {
    expect(found('projects/p')).toEqual([]);
    write('projects/p', { 'pyproject.toml': before.replace(from, to) });
    expect(found('projects/p')).toEqual(expected);
  });

  it('takes another order and spelling for the same', () => {
    const after = project(['six;python_version  < "3.12"', 'Pandas [SQL] >= 2'], ['ruff', 'pytest']);
    write('projects/p', { 'pyproject.toml': `# mine\n${after}[tool.other]\n` });
    expect(found('projects/p')).toEqual([]);
  });

  it('takes other settings of uv than those of a lock for the same', () => {
    const sources = '[tool.uv.sources]\nSix = { index = "fabrica" }\n';
    const settings = '[tool.uv]\nmanaged = false\n[tool.uv.build-backend]\nmodule-name = "p"\n';
    write('projects/p', { 'pyproject.toml': before + settings + sources });
    expect(found('projects/p')).toEqual([]);
  });

  it('takes constraints in another order and spelling for the same, and sees another one', () => {
    const constrained = (...constraints: string[]): string =>
      `${before}[tool.uv]\nconstraint-dependencies = ${JSON.stringify(constraints)}\n`;
    write('projects/p', { 'pyproject.toml': constrained('numpy<3', 'Idna >= 3') });
    stateInputs(root, 'projects/p');
    write('projects/p', { 'pyproject.toml': constrained('idna>=3', 'numpy<3') });
    expect(found('projects/p')).toEqual([]);
    write('projects/p', { 'pyproject.toml': constrained('idna>=3', 'numpy<2') });
    expect(found('projects/p')).toEqual(PRODUCTION);
  });

  it('sees what a package that it develops against no longer needs, and the extras that are used', () => {
    const sources = '[tool.uv.sources]\nfabrica-storage = { path = "../storage" }\n';
    const extras = '[project.optional-dependencies]\nsql = ["duckdb"]\ns3 = ["s3fs"]\n';
    const storage = named('fabrica-storage', ['six']) + extras;
    write('packages/storage', { 'pyproject.toml': storage });
    write('packages/tracks', {
      'pyproject.toml': named('fabrica-tracks', ['fabrica-storage[sql]']) + sources,
      'requirements-dev.txt': 'duckdb==1.4.0\npytest==9.2.0\nsix==1.17.0\n',
    });
    stateInputs(root, 'packages/tracks');
    for (const [text, expected] of [
      [storage, []],
      [storage.replace('s3fs', 'boto3'), []],
      [storage.replace('  "six",\n', ''), DEVELOPMENT],
      [storage.replace('duckdb', 'sqlite'), DEVELOPMENT],
    ] as const) {
      write('packages/storage', { 'pyproject.toml': text });
      expect(found('packages/tracks')).toEqual(expected);
    }
  });
});

describe('checkLock of a package', () => {
  it('leaves out the packages that it develops against', () => {
    const sources = '[tool.uv.sources]\nfabrica-storage = { path = "../storage", editable = true }\n';
    write('packages/storage', { 'pyproject.toml': named('fabrica-storage', []) });
    write('packages/tracks', {
      'pyproject.toml': project(['fabrica-storage>=0.1', 'six']) + sources,
      'requirements-dev.txt': 'pytest==9.2.0\n',
    });
    expect(found('packages/tracks')).toEqual(['pyproject.toml:6: six is not in requirements-dev.txt']);
  });

  it('names what a package that it develops against needs, where that says so', () => {
    const sources = (name: string) => `[tool.uv.sources]\nfabrica-${name} = { path = "../${name}" }\n`;
    write('packages/base', { 'pyproject.toml': named('fabrica-base', ['six', 'idna>=3']) });
    write('packages/storage', {
      'pyproject.toml': named('fabrica-storage', ['fabrica-base']) + sources('base'),
    });
    write('packages/tracks', {
      'pyproject.toml': named('fabrica-tracks', ['fabrica-storage']) + sources('storage'),
      'requirements-dev.txt': 'idna==2.10\npytest==9.2.0\n',
    });
    expect(found('packages/tracks')).toEqual([
      '../base/pyproject.toml:5: six is not in packages/tracks/requirements-dev.txt',
      '../base/pyproject.toml:6: idna>=3 is wanted, but packages/tracks/requirements-dev.txt:1 pins 2.10',
    ]);
  });
});

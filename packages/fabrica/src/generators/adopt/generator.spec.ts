import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Tree } from '@nx/devkit';
import { flushChanges, FsTree } from 'nx/src/generators/tree';
import { parse } from 'smol-toml';
import { outdatedPins } from '../../python/outdated-pins';
import { Cancelled, FabricaError } from '../../support/errors';
import { folderWith, writeFiles } from '../../workspace/testing/folder';
import { printed } from '../../workspace/testing/output';
import { lockNow } from '../shared/lock';
import adoptGenerator from './generator';
import type { AdoptGeneratorSchema } from './options';

// Locking asks an index: what it does has tests of its own.
jest.mock('../shared/lock', () => ({ lockNow: jest.fn() }));
const lock = jest.mocked(lockNow);
jest.mock('../../python/outdated-pins', () => ({ outdatedPins: jest.fn() }));
const outdated = jest.mocked(outdatedPins);
beforeEach(() => {
  lock.mockReset();
  outdated.mockReset().mockResolvedValue([]);
});
// npm says where a command was typed: that of the tests isn't where these projects are.
beforeAll(() => delete process.env.INIT_CWD);

const CHURN = {
  'setup.py': 'from setuptools import setup\nsetup(name="churn", install_requires=["pandas==1.5.3"])\n',
  'environment.yml': 'name: env\ndependencies: [python=3.11, cudatoolkit]\n',
  'churn/__init__.py': '',
  'churn/load.py': 'import pandas\nimport numpy\n\ndef load():\n    return pandas.DataFrame()\n',
  'train.py': 'from churn.load import load\nimport helpers\nhelpers.read("a.csv")\n',
  'helpers.py': 'from churn import load\n',
  'tests/test_load.py': 'from churn.load import load\n\ndef test_load():\n    assert load() is not None\n',
  'explore.ipynb': '{"cells": [{"cell_type": "code", "source": ["import helpers"]}], "metadata": {}}',
  'a.csv': 'a\n1\n',
  Makefile: 'all:\n',
  'requirements.txt': '--index-url https://me:hunter22@example.com/simple\nrich\n',
};

function git(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=T', '-c', 'user.email=t@example.com'];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' });
}

function repository(files: Record<string, string>): string {
  const folder = folderWith(files);
  git(folder, 'init', '--quiet', '--initial-branch=main');
  git(folder, 'config', 'user.name', 'T');
  git(folder, 'config', 'user.email', 't@example.com');
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', 'Start');
  return folder;
}

function workspace(files: Record<string, string> = {}): string {
  return repository({ 'nx.json': '{}', 'package.json': '{}', '.gitignore': '.fabrica/\n', ...files });
}

/** Runs the generator as Nx does; answers what is printed. */
async function adopt(
  root: string,
  options: Partial<AdoptGeneratorSchema> & { path: string },
): Promise<string> {
  const tree: Tree = new FsTree(root, false);
  return printed(async () => {
    const then = await adoptGenerator(tree, { owner: 'growth', ...options });
    flushChanges(root, tree.listChanges());
    await then?.();
  });
}

const read = (root: string, file: string) => readFileSync(join(root, 'projects', file), 'utf8');
const clean = (root: string) => git(root, 'status', '--porcelain');

describe('a folder', () => {
  it('becomes a project of the standard layout, and stays as it is', async () => {
    const [root, source] = [workspace(), folderWith(CHURN)];
    const said = await adopt(root, { path: source });
    expect(said).toContain('npx nx test churn');
    expect(read(root, 'churn/fabrica.yaml')).toContain('owner: growth');
    expect(parse(read(root, 'churn/pyproject.toml'))).toMatchObject({
      project: { name: 'churn', 'requires-python': '>=3.11', dependencies: ['pandas==1.5.3'] },
      'dependency-groups': { dev: ['basedpyright', 'ipykernel', 'pytest', 'ruff'] },
      tool: { uv: { managed: false }, pytest: { ini_options: { testpaths: ['tests'] } } },
    });
    expect(read(root, 'churn/src/churn/train.py')).toBe(
      'from churn.load import load\nfrom churn import helpers\nhelpers.read("a.csv")\n',
    );
    expect(read(root, 'churn/notebooks/explore.ipynb')).toContain('"from churn import helpers"');
    expect(read(root, 'churn/data/a.csv')).toBe('a\n1\n');
    expect(existsSync(join(root, 'projects/churn/setup.py'))).toBe(false);
    expect(readFileSync(join(source, 'train.py'), 'utf8')).toBe(CHURN['train.py']);
    expect(lock).toHaveBeenCalledWith(root, 'projects/churn');
  });

  it('is told what is left to do, in print and in ADOPTED.md', async () => {
    const [root, source] = [workspace(), folderWith(CHURN)];
    const said = await adopt(root, { path: source, name: 'leavers' });
    const report = read(root, 'leavers/ADOPTED.md');
    for (const text of [
      '`cudatoolkit` (`environment.yml:2`)',
      '`numpy` (src/leavers/load.py:2)',
      'src/leavers/train.py:3: `a.csv` is `data/a.csv`',
      'The package `churn` is `leavers` now',
      '| `churn/` | `src/leavers/` | 2 |',
      "Its history isn't here",
      '`Makefile`',
    ])
      expect(report).toContain(text);
    expect(said).toContain('Imported, and stated nowhere');
    expect(read(root, 'leavers/tests/test_load.py')).toContain('from leavers.load import load');
    expect(report).not.toContain(source);
    expect(report + read(root, 'leavers/pyproject.toml')).not.toContain('hunter22');
  });

  it('is taken in once', async () => {
    const [root, source] = [workspace(), folderWith(CHURN)];
    await adopt(root, { path: source });
    git(root, 'add', '--all');
    git(root, 'commit', '--quiet', '--message', 'Churn');
    expect(await adopt(root, { path: source })).toContain('is projects/churn already: nothing to do');
    expect(clean(root)).toBe('');
  });

  it('moves when it is in the workspace', async () => {
    const files = Object.entries(CHURN).map(([path, text]) => [`legacy/churn/${path}`, text]);
    const root = workspace(Object.fromEntries(files));
    await adopt(root, { path: 'legacy/churn' });
    expect(existsSync(join(root, 'legacy/churn/churn'))).toBe(false);
    expect(read(root, 'churn/src/churn/load.py')).toBe(CHURN['churn/load.py']);
    writeFiles(root, { 'legacy/other/a.py': 'x = 1\n' });
    await expect(adopt(root, { path: 'legacy/other' })).rejects.toThrow('changes that are not committed');
  });

  it('of notebooks alone gets its dependencies from its imports, and a test that they are there', async () => {
    const cell = '{"cells": [{"cell_type": "code", "source": ["import sklearn, os"]}], "metadata": {}}';
    const [root, source] = [workspace(), folderWith({ 'Look At.ipynb': cell })];
    await adopt(root, { path: source, name: 'looks' });
    expect(parse(read(root, 'looks/pyproject.toml'))).toMatchObject({
      project: { dependencies: [] },
      'dependency-groups': { dev: expect.arrayContaining(['scikit-learn', 'ipython']) },
    });
    expect(read(root, 'looks/tests/test_imports.py')).toContain('def test_imports_resolve');
    expect(read(root, 'looks/ADOPTED.md')).toContain('`scikit-learn`, for `import sklearn`');
  });

  it('is dry when Nx says so', async () => {
    const [root, source] = [workspace(), repository(CHURN)];
    process.env.NX_DRY_RUN = 'true';
    try {
      const said = await printed(() =>
        adoptGenerator(new FsTree(root, false), { path: source, owner: 'growth' }),
      );
      expect(said).toContain('would be churn. Left to do would be');
      expect(said).not.toContain('is churn now');
      expect(clean(root)).toBe('');
      expect(git(root, 'count-objects')).toBe(git(workspace(), 'count-objects'));
    } finally {
      delete process.env.NX_DRY_RUN;
    }
  });
});

describe('a repository', () => {
  it.each([
    ['a folder', (path: string) => path],
    ['an address', (path: string) => `file://${path}`],
  ])('comes with its history: %s', async (_, address) => {
    const [root, source] = [workspace(), repository(CHURN)];
    writeFiles(source, { 'churn/load.py': `${CHURN['churn/load.py']}# more\n` });
    git(source, 'commit', '--quiet', '--all', '--message', 'More');
    writeFiles(root, { 'staged.txt': 'a\n' });
    git(root, 'add', 'staged.txt');
    await adopt(root, { path: address(source), name: 'churn' });
    const log = git(root, 'log', '--format=%s', '--follow', '--', 'projects/churn/src/churn/load.py');
    expect(log.trim().split('\n')).toEqual(['Move into projects/churn', 'More', 'Start']);
    expect(git(root, 'diff', '--name-only', 'HEAD')).not.toContain('src/churn/load.py');
    expect(clean(root)).toContain('A  staged.txt');
    expect(git(root, 'rev-parse', 'HEAD^1^{tree}')).toBe(git(workspace(), 'rev-parse', 'HEAD^{tree}'));
    expect(existsSync(join(root, '.fabrica/tmp/clone'))).toBe(false);
  });

  it('stages all that was written, and nothing of yours', async () => {
    const owners =
      '{"plugins": [{"plugin": "fabrica/plugin", "options": {"owners": {"growth": "@a/growth"}}}]}';
    const [root, source] = [workspace({ 'nx.json': owners }), repository(CHURN)];
    writeFiles(root, { '.gitignore': '.fabrica/\nmine\n' });
    lock.mockImplementationOnce(async () => writeFiles(root, { 'projects/churn/requirements.txt': '' }));
    await adopt(root, { path: source });
    const status = clean(root);
    expect(status).toContain('A  projects/churn/requirements.txt');
    expect(status).toContain('A  .github/CODEOWNERS');
    expect(status).toContain(' M .gitignore');
    expect(status).not.toMatch(/^(\?\?|.[MD]) projects/m);
  });

  it('whose notebooks have outputs is told what becomes of them', async () => {
    const cell = { cell_type: 'code', source: [], outputs: [{ output_type: 'stream' }] };
    const page = JSON.stringify({ cells: [cell], metadata: {} });
    const [root, source] = [
      workspace(),
      repository({ ...CHURN, 'docs/a.ipynb': page, 'my nb/b.ipynb': page }),
    ];
    expect(await adopt(root, { path: source })).toContain('Outputs of notebooks stay out of git');
    const report = read(root, 'churn/ADOPTED.md');
    expect(report).toContain('`projects/churn/docs/*.ipynb !filter` (1)');
    expect(report).toContain('`"projects/churn/notebooks/my nb/*.ipynb" !filter` (1)');
  });

  it('comes without it when that is wanted', async () => {
    const [root, source] = [workspace(), repository(CHURN)];
    await adopt(root, { path: source, history: false });
    expect(git(root, 'rev-list', '--count', 'HEAD').trim()).toBe('1');
  });

  it('brings neither what git ignores nor links out of it, and says so', async () => {
    const [root, source] = [workspace(), repository({ ...CHURN, '.gitignore': 'big/\n' })];
    writeFiles(source, { 'data/large.csv': 'a,b\n'.repeat(1 << 21) });
    writeFiles(source, { 'big/a.parquet': 'x', 'venv/pyvenv.cfg': '', 'venv/lib/a.py': '' });
    symlinkSync('/etc/hostname', join(source, 'out.txt'));
    symlinkSync('a.csv', join(source, 'in.csv'));
    await adopt(root, { path: source });
    expect(existsSync(join(root, 'projects/churn/out.txt'))).toBe(false);
    expect(existsSync(join(root, 'projects/churn/venv'))).toBe(false);
    expect(read(root, 'churn/data/in.csv')).toBe('a\n1\n');
    const report = read(root, 'churn/ADOPTED.md');
    expect(report).toContain('`data/large.csv`: 8 MB');
    expect(report).toContain('`big/`');
    expect(report).toContain('`out.txt`: it is a link out of the project');
  });
});

describe('pins', () => {
  it('that cannot be locked become lower limits', async () => {
    const [root, source] = [workspace(), folderWith(CHURN)];
    lock.mockRejectedValueOnce(new FabricaError('lock-failed', 'no solution'));
    const said = await adopt(root, { path: source });
    expect(said).toContain('exact pins are lower limits now');
    expect(read(root, 'churn/pyproject.toml')).toContain('"pandas>=1.5.3"');
    expect(read(root, 'churn/ADOPTED.md')).toContain('| `pandas==1.5.3` | `pandas>=1.5.3` |');
  });

  it('that can not be installed here become lower limits, when what is no pin could not help by itself', async () => {
    const [root, source] = [workspace(), folderWith(CHURN)];
    outdated.mockResolvedValueOnce(['numpy', 'pandas']).mockResolvedValueOnce(['pandas']);
    const said = await adopt(root, { path: source });
    expect(said).toContain("can't install pandas as pinned");
    expect(lock.mock.calls.map(([, , upgrade]) => upgrade)).toEqual([undefined, ['numpy', 'pandas'], true]);
    expect(read(root, 'churn/pyproject.toml')).toContain('"pandas>=1.5.3"');
    expect(read(root, 'churn/ADOPTED.md')).toContain('Exact pins are lower limits now');
  });

  it('stay when a newer version of what they bring can be installed', async () => {
    const [root, source] = [workspace(), folderWith(CHURN)];
    outdated.mockResolvedValueOnce(['numpy']);
    await adopt(root, { path: source });
    expect(lock).toHaveBeenLastCalledWith(root, 'projects/churn', ['numpy']);
    expect(read(root, 'churn/pyproject.toml')).toContain('"pandas==1.5.3"');
  });

  it('stay where that is said', async () => {
    const [root, source] = [workspace(), folderWith(CHURN)];
    lock.mockRejectedValue(new FabricaError('lock-failed', 'no solution'));
    await expect(adopt(root, { path: source, relax: false })).rejects.toThrow('no solution');
    expect(read(root, 'churn/pyproject.toml')).toContain('"pandas==1.5.3"');
  });
});

describe('secrets', () => {
  const SECRETS = {
    ...CHURN,
    '.env': 'AWS_SECRET=a\n',
    '.env.example': 'AWS_SECRET=\n',
    'churn/my key.pem': 'b\n',
    '.gitignore': '!.env\n',
  };
  const committed = (root: string) => {
    git(root, 'add', '--all');
    git(root, 'commit', '--quiet', '--message', 'Churn');
    return git(root, 'ls-files', 'projects');
  };

  it.each([
    ['a folder', folderWith],
    ['a repository', repository],
  ])('of %s stay where they are used, and out of what is committed', async (_, make) => {
    const [root, source] = [workspace(), make(SECRETS)];
    const said = await adopt(root, { path: source });
    expect(read(root, 'churn/.env')).toBe(SECRETS['.env']);
    const files = committed(root);
    expect(files).toContain('projects/churn/.env.example\n');
    expect(files).not.toMatch(/\.env$|key\.pem/m);
    expect(said).toContain('git leaves alone now (.gitignore): .env, src/churn/my key.pem');
    expect(read(root, 'churn/ADOPTED.md')).toContain('`.env`, `src/churn/my key.pem`');
  });

  it('of a history are told, also those that a later commit took away', async () => {
    const [root, source] = [workspace(), repository({ ...CHURN, '.env': 'A=a\n', 'deploy/id_rsa': 'b\n' })];
    git(source, 'rm', '--quiet', 'deploy/id_rsa');
    git(source, 'commit', '--quiet', '--message', 'Less');
    const told = 'in the history: .env, deploy/id_rsa. Whoever has the repository';
    expect(await adopt(root, { path: source })).toContain(told);
    const other = workspace();
    expect(await adopt(other, { path: source, history: false })).not.toContain('in the history');
    expect(committed(other)).not.toMatch(/\.env$/m);
  });

  it('of a folder of the workspace are out of the next commit, and told as in its history', async () => {
    const root = workspace({ 'old/a.py': '', 'old/.env': 'A=a\n' });
    expect(await adopt(root, { path: 'old' })).toContain('in the history: .env.');
    expect(read(root, 'old/.env')).toBe('A=a\n');
    expect(committed(root)).not.toMatch(/\.env$/m);
  });

  it('that git ignores are told as not taken', async () => {
    const [root, source] = [workspace(), repository({ ...CHURN, '.gitignore': '.env\n.cache\n' })];
    writeFiles(source, { '.env': 'A=a\n', '.cache': '' });
    await adopt(root, { path: source });
    const report = read(root, 'churn/ADOPTED.md');
    expect(report).toMatch(/so not taken along: copy what the project needs\.\n {2}- `\.env`\n(?! {2}-)/);
  });
});

describe('a lock that was interrupted', () => {
  const FROZEN = { ...CHURN, 'poetry.lock': '[[package]]\nname = "pandas"\nversion = "1.5.3"\n' };

  it('is gone on with by the same command, with the versions that were its first choice', async () => {
    const [root, source] = [workspace(), repository(FROZEN)];
    lock.mockRejectedValueOnce(new Cancelled('SIGINT'));
    const first = adopt(root, { path: source });
    await expect(first).rejects.toThrow('cancelled; projects/churn is there, and has no lock yet');
    await expect(first).rejects.toThrow(`npx nx g fabrica:adopt ${source}   # goes on`);
    await expect(first).rejects.toThrow('git reset --soft HEAD~1');
    expect(readFileSync(join(root, 'projects/churn/.fabrica/first-choice.txt'), 'utf8')).toBe(
      'pandas==1.5.3\n',
    );
    expect(clean(root)).not.toContain('.fabrica');

    lock.mockImplementationOnce(async () => writeFiles(root, { 'projects/churn/requirements.txt': '' }));
    outdated.mockResolvedValueOnce(['pandas']).mockResolvedValueOnce(['pandas']);
    const said = await adopt(root, { path: source });
    expect(said).toContain('what is missing is its lock');
    expect(said).toContain('npx nx test churn');
    expect(read(root, 'churn/pyproject.toml')).toContain('"pandas>=1.5.3"');
    expect(clean(root)).toContain('A  projects/churn/requirements.txt');
    expect(await adopt(root, { path: source })).toContain('nothing to do');
  });

  it('does not write over what was edited since', async () => {
    const [root, source] = [workspace(), folderWith(CHURN)];
    lock.mockRejectedValueOnce(new Cancelled('SIGINT'));
    await expect(adopt(root, { path: source })).rejects.toThrow('rm -r projects/churn && npx nx sync');
    const edited = `${read(root, 'churn/pyproject.toml')}# mine\n`;
    writeFiles(root, { 'projects/churn/pyproject.toml': edited });
    lock.mockRejectedValue(new FabricaError('lock-failed', 'no solution'));
    await expect(adopt(root, { path: source })).rejects.toThrow('no solution');
    expect(read(root, 'churn/pyproject.toml')).toBe(edited);
  });
});

describe('mistakes, after which nothing is written', () => {
  const cases: [string, string, Partial<AdoptGeneratorSchema>, Record<string, string>, string][] = [
    ['no folder', 'none', {}, {}, 'there is no folder none'],
    ['a file', 'package.json', {}, {}, 'package.json is a file'],
    ['a project', 'projects/a', {}, { 'projects/a/a.py': '' }, 'is in projects/a already'],
    ['no Python', 'docs', {}, { 'docs/a.md': '' }, 'no Python project: none of its 1 files'],
    [
      'a name that is taken',
      'old',
      { name: 'b' },
      { 'old/a.py': '', 'projects/b/b.txt': '' },
      'projects/b exists',
    ],
    ['a bad name', 'old', { name: 'pandas' }, { 'old/a.py': '' }, 'it would hide the library'],
    [
      'Python 2',
      'old',
      {},
      { 'old/a.py': '', 'old/environment.yml': 'dependencies: [python=2.7]' },
      'is for Python',
    ],
    [
      'an environment',
      'old',
      {},
      { 'old/a.py': '', 'old/environment.yml': 'a:\n  - b\n - c\n' },
      'environment.yml:3: this is not YAML',
    ],
    [
      'an owner',
      'old',
      { owner: 'me' },
      {
        'old/a.py': '',
        'nx.json': '{"plugins": [{"plugin": "fabrica/plugin", "options": {"owners": {"you": "@a/you"}}}]}',
      },
      'the owner "me"',
    ],
  ];
  it.each(cases)('%s', async (_, path, options, files, message) => {
    const root = workspace(files);
    await expect(adopt(root, { path, ...options })).rejects.toThrow(message);
    expect(clean(root)).toBe('');
  });

  it('the workspace', async () => {
    const root = workspace({ 'a.py': '' });
    await expect(adopt(root, { path: root })).rejects.toThrow('holds this workspace itself');
  });

  it('an address that cannot be cloned', async () => {
    const root = workspace();
    await expect(adopt(root, { path: 'file:///none/such.git' })).rejects.toThrow(
      "file:///none/such.git can't be cloned",
    );
    expect(clean(root)).toBe('');
    rmSync(root, { recursive: true });
  });
});

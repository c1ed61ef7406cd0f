import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { append, commit, nxOk, pretendEnvironment, stamp, workspaceWithSource, write } from './workspace';

const pyproject = (name: string, more = '') =>
  `[project]\nname = "${name}"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = []\n${more}`;

const project = (name: string) => ({
  [`projects/${name}/pyproject.toml`]: pyproject(name),
  [`projects/${name}/fabrica.yaml`]: 'owner: me\n',
  [`projects/${name}/README.md`]: '# Read me\n',
  [`projects/${name}/requirements.txt`]: '',
  [`projects/${name}/requirements-dev.txt`]: '',
  [`projects/${name}/src/${name}/__init__.py`]: '',
  [`projects/${name}/src/${name}/pipelines/train.py`]: '',
  [`projects/${name}/notebooks/explore.ipynb`]: '{"cells": []}\n',
  [`projects/${name}/data/days.csv`]: 'day\n1\n',
});

const sharedPackage = (name: string, sibling?: string) => ({
  [`packages/${name}/pyproject.toml`]: pyproject(
    `fabrica-${name}`,
    sibling ? `\n[tool.uv.sources]\nfabrica-${sibling} = { path = "../${sibling}", editable = true }\n` : '',
  ),
  [`packages/${name}/requirements-dev.txt`]: '',
  [`packages/${name}/src/fabrica/${name}/__init__.py`]: '',
  [`packages/${name}/tests/test_${name}.py`]: '',
});

const UNITS = ['projects/alpha', 'projects/beta', 'packages/base', 'packages/top'];

/** What a change invalidates, and nothing else: real Nx, its cache and its graph, environments that write down what ran. */
describe('a change of', () => {
  const root = workspaceWithSource({
    ...project('alpha'),
    ...project('beta'),
    ...sharedPackage('base'),
    ...sharedPackage('top', 'base'),
  });
  const log = join(root, '.nx', 'ran.log');

  beforeAll(() => {
    for (const unit of UNITS) pretendEnvironment(root, unit, log);
    runAll();
  });

  /** Runs the cached targets of all units; answers those that ran, as `alpha:test`. */
  function runAll(env: NodeJS.ProcessEnv = {}): string[] {
    rmSync(log, { force: true });
    nxOk(
      root,
      ['run-many', '-t', 'test', 'lint', 'typecheck', '--projects', 'alpha,beta,base,top', '--parallel', '1'],
      env,
    );
    return ran();
  }

  function ran(): string[] {
    const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
    const targets: Record<string, string> = {
      pytest: 'test',
      'ruff check': 'lint',
      basedpyright: 'typecheck',
    };
    return lines
      .flatMap((line) => {
        const [folder, ...command] = line.split(' ') as [string, ...string[]];
        const target = targets[command[0] as string] ?? targets[command.slice(0, 2).join(' ')];
        return target ? [`${folder.split('/')[1]}:${target}`] : [];
      })
      .sort();
  }

  const affected = () =>
    nxOk(root, ['show', 'projects', '--affected', '--base=HEAD~1', '--head=HEAD'])
      .stdout.trim()
      .split('\n')
      .filter(Boolean)
      .sort();
  const all = (name: string) => ['lint', 'test', 'typecheck'].map((target) => `${name}:${target}`);

  /** Makes a change, commits it, and answers what it touches. */
  function change(work: () => void): { affected: string[]; ran: string[] } {
    work();
    commit(root, 'Change');
    for (const unit of UNITS) stamp(root, unit);
    return { affected: affected(), ran: runAll() };
  }

  it('nothing: all comes from the cache', () => {
    expect(change(() => undefined)).toEqual({ affected: [], ran: [] });
  });

  it("a project's source: that project alone", () => {
    const found = change(() => append(root, 'projects/alpha/src/alpha/__init__.py', 'X = 1\n'));
    expect(found).toEqual({ affected: ['alpha'], ran: all('alpha') });
  });

  it("a project's data: its tests, but neither lint nor types", () => {
    const found = change(() => append(root, 'projects/alpha/data/days.csv', '2\n'));
    expect(found).toEqual({ affected: ['alpha'], ran: ['alpha:test'] });
  });

  it("a project's README: none of its checks", () => {
    const found = change(() => append(root, 'projects/alpha/README.md', 'More.\n'));
    expect(found).toEqual({ affected: ['alpha'], ran: [] });
  });

  it("a project's notebook: all of its checks, which read it", () => {
    const found = change(() => append(root, 'projects/alpha/notebooks/explore.ipynb', ' \n'));
    expect(found).toEqual({ affected: ['alpha'], ran: all('alpha') });
  });

  it.each([
    ['pyrightconfig.json', 'alpha:typecheck'],
    ['.basedpyright/baseline.json', 'alpha:typecheck'],
    ['.ruff.toml', 'alpha:lint'],
    ['tests/ruff.toml', 'alpha:lint'],
    ['pytest.ini', ''],
    ['setup.cfg', ''],
  ])("a tool's settings in a project, %s: what reads them", (name, more) => {
    const found = change(() => write(root, { [`projects/alpha/${name}`]: '' }));
    expect(found).toEqual({ affected: ['alpha'], ran: ['alpha:test', ...(more ? [more] : [])].sort() });
  });

  it.each([
    ['ruff.toml', 'lint'],
    ['pyrightconfig.json', 'typecheck'],
    ['pytest.ini', 'test'],
  ])("a tool's settings for all, %s: what reads them", (name, target) => {
    expect(change(() => write(root, { [name]: '' })).ran).toEqual(
      ['alpha', 'base', 'beta', 'top'].map((unit) => `${unit}:${target}`),
    );
  });

  it.each(['FABRICA_ENVIRONMENT', 'FABRICA_STORE', 'FABRICA_WAREHOUSE'])(
    'the variable %s, which tests are told: the tests',
    (name) => {
      const value = name === 'FABRICA_ENVIRONMENT' ? 'local' : 'file:///elsewhere';
      expect(runAll({ [name]: value })).toEqual(
        ['alpha', 'base', 'beta', 'top'].map((unit) => `${unit}:test`),
      );
      expect(runAll()).toEqual([]);
    },
  );

  it("the records of a package's releases: none of its checks", () => {
    const found = change(() => write(root, { 'packages/base/releases/0.1.0.json': '{}\n' }));
    expect(found.ran).toEqual([]);
  });

  it("a project's lock: that project alone", () => {
    const found = change(() => append(root, 'projects/beta/requirements-dev.txt', '# moved\n'));
    expect(found).toEqual({ affected: ['beta'], ran: all('beta') });
  });

  it('a package: it and the packages that develop against it, but no project', () => {
    const found = change(() => append(root, 'packages/base/src/fabrica/base/__init__.py', 'X = 1\n'));
    expect(found).toEqual({
      affected: expect.arrayContaining(['base', 'top']),
      ran: [...all('base'), ...all('top')],
    });
    expect(found.affected).not.toEqual(expect.arrayContaining(['alpha']));
    expect(found.affected).not.toEqual(expect.arrayContaining(['beta']));
  });

  it("a package's tests: nobody else's", () => {
    expect(change(() => append(root, 'packages/base/tests/test_base.py', 'X = 1\n')).ran).toEqual(
      all('base'),
    );
  });

  it('the plugin, in what decides how a command runs: all that it runs', () => {
    const found = change(() => append(root, 'packages/fabrica/bin/env.cjs', '// changed\n'));
    expect(found.affected).toEqual(['alpha', 'base', 'beta', 'fabrica', 'top', 'workspace']);
    expect(found.ran).toEqual(['alpha', 'base', 'beta', 'top'].flatMap(all));
  });

  it('the plugin, elsewhere: itself alone', () => {
    const found = change(() =>
      append(root, 'packages/fabrica/src/generators/project/generator.ts', '// changed\n'),
    );
    expect(found).toEqual({ affected: ['fabrica'], ran: [] });
  });

  it("npm's lock: no Python project or package", () => {
    const found = change(() => {
      const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
        packages: Record<string, { version: string }>;
      };
      (lock.packages['node_modules/leven'] as { version: string }).version = '3.1.1';
      write(root, { 'package-lock.json': JSON.stringify(lock, null, 2) });
    });
    expect(found.ran).toEqual([]);
    expect(found.affected.filter((name) => !['fabrica', 'workspace'].includes(name))).toEqual([]);
    expect(found.affected).toContain('fabrica');
  });

  it('one project: `nx affected -t test` runs its tests alone', () => {
    append(root, 'projects/beta/src/beta/__init__.py', 'X = 1\n');
    commit(root, 'Change');
    rmSync(log, { force: true });
    nxOk(root, ['affected', '-t', 'test', '--base=HEAD~1']);
    expect(ran()).toEqual(['beta:test']);
  });

  it('a new pipeline: Nx knows it at once, through what it remembers of the others', () => {
    const targets = () =>
      Object.keys(
        (JSON.parse(nxOk(root, ['show', 'project', 'beta', '--json']).stdout) as { targets: object }).targets,
      );
    expect(targets()).toContain('run');
    rmSync(join(root, 'projects/beta/src/beta/pipelines/train.py'));
    expect(targets()).not.toContain('run');
    write(root, { 'projects/beta/src/beta/pipelines/score.py': '', 'projects/beta/src/beta/service.py': '' });
    expect(targets()).toEqual(expect.arrayContaining(['run', 'serve']));
  });
});

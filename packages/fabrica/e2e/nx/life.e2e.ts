import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { findUv } from '../../src/python/uv';
import { listProcesses, stopProcess } from '../../src/support/processes';
import {
  cleanEnvironment,
  commit,
  expectPasses,
  freshFolder,
  git,
  HERE,
  nx,
  nxOk,
  workspaceWithPlugin,
  write,
} from './workspace';

jest.setTimeout(15 * 60_000);

const SHARED = ['logging', 'pipelines', 'serving', 'storage', 'tracking', 'warehouse'];

/** A project is renamed, gives code away, becomes a repository of its own, and goes: with real Nx, registries and Python. */
describe('the life of a project', () => {
  const root = workspaceWithPlugin({});
  const ejected = join(freshFolder(), 'city-bikes');
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const passes = (name: string, ...targets: string[]) =>
    targets.forEach((target) => expectPasses(root, `${name}:${target}`));

  beforeAll(() => {
    const tools = join(HERE, 'node_modules', '.cache', 'fabrica-e2e', 'tools');
    mkdirSync(tools, { recursive: true });
    mkdirSync(join(root, '.fabrica'));
    symlinkSync(tools, join(root, '.fabrica', 'tools'));
    const left = /[\\/](\.venv|__pycache__|\.[a-z_]*cache|dist|releases)$/;
    for (const name of SHARED)
      cpSync(join(HERE, 'packages', name), join(root, 'packages', name), {
        recursive: true,
        filter: (path) => !left.test(path),
      });
    git(root, 'config', 'user.name', 'Test');
    git(root, 'config', 'user.email', 'test@example.com');
    nxOk(root, ['g', 'fabrica:init']);
    commit(root, 'Packages');
    nxOk(root, ['run-many', '-t', 'publish', '-p', SHARED.join(','), '--parallel=1']);
    commit(root, 'Release');
    const args = ['--owner=mobility', '--no-interactive'];
    nxOk(root, ['g', 'fabrica:project', 'bikes', '--service', ...args]);
    nxOk(root, ['g', 'fabrica:project', 'cars', '--pipeline=false', ...args]);
    write(root, {
      'projects/cars/fabrica.yaml': `${read('projects/cars/fabrica.yaml')}experiments:\n  uses: [bikes]\n`,
      'projects/cars/experiments/compare.py':
        '"""Compare."""\n\nfrom bikes.data import read_rentals\nfrom bikes.features import add_features\n\nprint(add_features(read_rentals()))\n',
    });
    commit(root, 'Projects');
  });

  afterAll(async () => {
    await Promise.all(listProcesses(root).map((record) => stopProcess(root, record)));
  });

  it('is renamed, and all checks pass', () => {
    const said = nxOk(root, ['g', 'fabrica:rename', 'bikes', 'city-bikes']).text;
    expect(said).toContain('npx nx run city-bikes:format');
    nxOk(root, ['run', 'city-bikes:format']);
    passes('city-bikes', 'layout', 'test', 'lint');
    nxOk(root, ['sync:check']);
    expect(read('projects/cars/experiments/compare.py')).toContain('from city_bikes.data import');
    commit(root, 'Rename');
    expect(
      git(root, 'log', '--follow', '--format=%s', '--', 'projects/city-bikes/src/city_bikes/data.py'),
    ).toMatch(/^Rename\nProjects\n/);
    expect(nxOk(root, ['g', 'fabrica:rename', 'bikes', 'city-bikes']).text).toContain('already');
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  it('gives a module to a package, and all checks of both pass', () => {
    const said = nxOk(root, ['g', 'fabrica:graduate', 'city-bikes.features', '--to=weather']).text;
    expect(said).toContain('npx nx run weather:publish');
    nxOk(root, ['run', 'weather:format']);
    passes('weather', 'test', 'lint', 'typecheck');
    commit(root, 'Move');
    nxOk(root, ['run', 'weather:publish']);
    for (const user of ['city-bikes', 'cars']) {
      nxOk(root, ['run', `${user}:lock`]);
      nxOk(root, ['run', `${user}:format`]);
      expect(read(`projects/${user}/requirements.txt`)).toContain('fabrica-weather==0.1.0');
    }
    passes('city-bikes', 'layout', 'test', 'lint', 'typecheck');
    passes('cars', 'layout', 'lint');
    nxOk(root, ['sync:check']);
    commit(root, 'Use');
  });

  it('becomes a repository of its own, that works without the workspace', async () => {
    nxOk(root, ['g', 'fabrica:eject', 'city-bikes', `--to=${ejected}`, '--dry-run']);
    expect(existsSync(ejected)).toBe(false);
    nxOk(root, ['g', 'fabrica:eject', 'city-bikes', `--to=${ejected}`]);
    expect(git(root, 'status', '--porcelain')).toBe('');
    nxOk(root, ['run', 'workspace:registries', 'stop']);
    const uv = await findUv(root);
    const run = (program: string, ...args: string[]) =>
      execFileSync(program, args, {
        cwd: ejected,
        encoding: 'utf8',
        env: cleanEnvironment({
          PYTHONPATH: 'src',
          PATH: `${join(ejected, '.venv', 'bin')}:${process.env.PATH}`,
        }),
      });
    run(uv, 'venv', '--quiet', '.venv');
    run(uv, 'pip', 'install', '--quiet', '--require-hashes', '-r', 'requirements-dev.txt');
    for (const [program = '', ...args] of [
      'pytest',
      'ruff check .',
      'ruff format --check .',
      'basedpyright',
    ].map((one) => one.split(' ')))
      run(join(ejected, '.venv', 'bin', program), ...args);
    run(join(ejected, '.venv', 'bin', 'python'), '-m', 'fabrica.pipelines', 'run', 'train');
    expect(git(ejected, 'log', '--format=%s')).toBe(
      'city-bikes stands on its own\nUse\nMove\nRename\nProjects\n',
    );
    expect(git(ejected, 'status', '--porcelain')).toBe('');
    expect(readdirSync(ejected)).toEqual(expect.arrayContaining(['Dockerfile', 'vendor', '.github']));
    expect(existsSync(join(ejected, 'fabrica.yaml'))).toBe(false);
    const told = ['README.md', 'requirements.txt', 'pyproject.toml', 'src/city_bikes/service.py'].map(
      (file) => readFileSync(join(ejected, file), 'utf8'),
    );
    expect(told.join('\n')).not.toMatch(/\bnx\b|http:|index-url|index = /);
  });

  it('is not removed while experiments use it, unless forced', () => {
    const refused = nx(root, ['g', 'fabrica:remove', 'city-bikes']);
    expect(refused.code).toBe(1);
    expect(refused.text).toContain('projects/cars/fabrica.yaml: experiments.uses names city-bikes');
    expect(refused.text).toContain('projects/cars/experiments/compare.py:3 imports city_bikes.data');
    expect(refused.text).not.toMatch(/^\s+at /m);
    nxOk(root, ['g', 'fabrica:remove', 'city-bikes', '--force']);
    expect(existsSync(join(root, 'projects/city-bikes'))).toBe(false);
    expect(nxOk(root, ['show', 'projects']).stdout.split('\n')).not.toContain('city-bikes');
    passes('cars', 'layout');
    nxOk(root, ['sync:check']);
  });
});

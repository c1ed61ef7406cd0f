import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inStep } from '../bin/shared.cjs';
import build from '../src/executors/build/executor';
import install from '../src/executors/install/executor';
import lock from '../src/executors/lock/executor';
import publish from '../src/executors/publish/executor';
import { syncEnvironment } from '../src/python/environment';
import { findUv } from '../src/python/uv';
import { ended, HOUSE, printed, serverThatHangs, Workspace } from './support/workspace';

jest.setTimeout(180_000);
process.env.NO_COLOR = '1';

const ENV = join(HOUSE, 'packages/fabrica/bin/env.cjs');

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => workspace.remove());

const command = (...args: string[]) =>
  spawnSync(process.execPath, [ENV, ...args], {
    cwd: workspace.root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });

describe('lock', () => {
  it('writes the same bytes again, keeps pins, and moves those that are named', async () => {
    workspace.project('p', ['six>=1.15']);
    workspace.start();
    expect(await workspace.run(lock, 'projects/p', {})).toMatchObject({ success: true });
    const locks = (): string[] =>
      ['requirements.txt', 'requirements-dev.txt'].map((name) => workspace.read(`projects/p/${name}`));
    const first = locks();
    expect(first.join('')).not.toMatch(/^#|index|\/\//m);
    expect(await workspace.run(lock, 'projects/p', {})).toMatchObject({
      success: true,
      stderr: expect.stringContaining('unchanged'),
    });
    expect(locks()).toEqual(first);
    // An older pin that still fits stays where it is.
    workspace.write('projects/p/requirements.txt', 'six==1.16.0\n');
    workspace.write('projects/p/requirements-dev.txt', 'six==1.16.0\n');
    await workspace.run(lock, 'projects/p', {});
    expect(locks()[0]).toContain('six==1.16.0');
    expect(await workspace.run(lock, 'projects/p', { upgrade: 'six' })).toMatchObject({
      success: true,
      stdout: expect.stringContaining('six 1.16.0 →'),
    });
    expect(locks()).toEqual(first);
  });

  it('that cannot be made leaves the old one, and says why', async () => {
    workspace.project('p', ['six>=1.15']);
    workspace.start();
    await workspace.run(lock, 'projects/p', {});
    const before = workspace.read('projects/p/requirements.txt');
    workspace.project('p', ['six>=1.15', 'six<1.15']);
    const failed = await workspace.run(lock, 'projects/p', {});
    expect(failed.success).toBe(false);
    expect(failed.stderr).toMatch(
      /the dependencies of projects\/p\/pyproject\.toml can't be locked[\s\S]*six[\s\S]*try change them/,
    );
    expect(workspace.read('projects/p/requirements.txt')).toBe(before);
  });

  it('never takes a shared package from another index', async () => {
    // Another package of the name of ours is on the public index, and ours was never published.
    workspace.package('tools');
    workspace.write(
      'packages/tools/pyproject.toml',
      workspace.read('packages/tools/pyproject.toml').replace('acme-tools', 'iniconfig'),
    );
    workspace.project('p', ['iniconfig']);
    workspace.start();
    const refused = await workspace.run(lock, 'projects/p', {});
    expect(refused).toMatchObject({
      success: false,
      stderr: expect.stringMatching(
        /iniconfig \S+ did not come from http:\/\/127\.0\.0\.1[\s\S]*try publish it there first: nx run tools:publish\n/,
      ),
    });
    expect(existsSync(workspace.path('projects/p/requirements.txt'))).toBe(false);
  });
});

describe('the environment', () => {
  it('of a project has its lock, its src and nothing else, and is left alone when it is in step', async () => {
    workspace.package('base');
    workspace.package('tools', { siblings: ['base'] });
    workspace.project('p', ['acme-tools==0.1.0']);
    workspace.start();
    for (const name of ['base', 'tools'])
      expect(await workspace.run(publish, `packages/${name}`, {})).toMatchObject({ success: true });
    expect(await workspace.run(lock, 'projects/p', {})).toMatchObject({ success: true });
    expect(await workspace.run(install, 'projects/p', { json: true })).toMatchObject({
      success: true,
      stdout: expect.stringContaining('"installed"'),
    });
    expect(await workspace.run(install, 'projects/p', { json: true })).toMatchObject({
      success: true,
      stdout: expect.stringContaining('"unchanged"'),
    });
    const answer = command(
      'projects/p',
      '--',
      'python',
      '-c',
      'import p, os; from acme import tools, base; print(tools.CODE, os.environ["FABRICA_PROJECT"], os.environ["FABRICA_STORE"], os.getcwd())',
    );
    expect(answer.stdout.trim()).toBe(
      `1 p ${workspace.path('.fabrica/store')} ${workspace.path('projects/p')}`,
    );
  });

  it('of a package has the packages that it develops against as they are on disk', async () => {
    workspace.package('base');
    workspace.package('tools', { siblings: ['base'] });
    workspace.start();
    expect(await workspace.run(lock, 'packages/tools', {})).toMatchObject({ success: true });
    expect(workspace.read('packages/tools/requirements-dev.txt')).not.toContain('acme');
    workspace.package('base', { code: '42' });
    const answer = command(
      'packages/tools',
      '--',
      'python',
      '-c',
      'from acme import base, tools; print(base.CODE, tools.CODE)',
    );
    expect(answer).toMatchObject({ status: 0, stdout: '42 1\n' });
  });

  it('of a package is built by nothing that was downloaded without a hash', async () => {
    workspace.package('tools');
    const pyproject = workspace
      .read('packages/tools/pyproject.toml')
      .replace('uv_build==0.13.8', 'hatchling')
      .replace('"uv_build"', '"hatchling.build"');
    const wheel = '\n[tool.hatch.build.targets.wheel]\npackages = ["src/acme"]\n';
    workspace.write('packages/tools/pyproject.toml', pyproject + wheel);
    workspace.start();
    expect(await workspace.run(lock, 'packages/tools', {})).toMatchObject({ success: true });
    for (const executor of [install, build]) {
      const refused = await workspace.run(executor, 'packages/tools', {});
      expect(refused).toMatchObject({
        success: false,
        stderr: expect.stringContaining('packages/tools wants build tools that no lock holds'),
      });
      expect(refused.stderr).toContain('requires = ["uv_build==0.13.8"], build-backend = "uv_build"');
    }
    const form = ['--universal', '--python-version', '3.11', '--generate-hashes', '--quiet'];
    execFileSync(
      await findUv(workspace.root),
      ['pip', 'compile', '-', ...form, '-o', workspace.path('packages/tools/requirements-build.txt')],
      { input: 'hatchling\neditables', stdio: ['pipe', 'ignore', 'inherit'] },
    );
    for (const executor of [install, build])
      expect(await workspace.run(executor, 'packages/tools', {})).toMatchObject({ success: true });
  });

  it('is refused for a lock that no longer fits, with the line and the command', async () => {
    workspace.project('p', ['six']);
    workspace.start();
    await workspace.run(lock, 'projects/p', {});
    workspace.project('p', ['six', 'packaging']);
    const answer = command('projects/p', '--', 'python', '-c', 'print(1)');
    expect(answer).toMatchObject({ status: 1, stdout: '' });
    expect(answer.stderr).toBe(
      'error: projects/p/pyproject.toml:7: packaging is not in requirements.txt\n  try nx run p:lock\n',
    );
  });

  it('is made anew when its Python is gone', async () => {
    workspace.project('p', ['six']);
    workspace.start();
    await workspace.run(lock, 'projects/p', {});
    await syncEnvironment(workspace.root, 'projects/p');
    rmSync(workspace.path('projects/p/.venv/bin/python'));
    expect(command('projects/p', '--', 'python', '-c', 'import six')).toMatchObject({ status: 0 });
  });

  it('is whole after an interruption and a second try', async () => {
    workspace.project('p', ['six']);
    workspace.start();
    await workspace.run(lock, 'projects/p', {});
    // An index that never answers: the installation is in its middle for as long as the test wants.
    const { url, asked, server } = await serverThatHangs();
    const index = { UV_DEFAULT_INDEX: url, UV_NO_CACHE: '1' };
    const child = workspace.spawn('install', 'projects/p', {}, index);
    const end = ended(child);
    await asked;
    expect(existsSync(workspace.path('projects/p/.venv'))).toBe(true);
    child.kill('SIGINT');
    expect((await end).code).toBe(130);
    // The server ends when nobody is connected: nothing that was started goes on.
    await new Promise((done) => server.close(done));
    expect(inStep(workspace.path('projects/p'))).toBe(false);
    expect(command('projects/p', '--', 'python', '-c', 'import six, p')).toMatchObject({ status: 0 });
  });

  it('is made once when two commands want it at once', async () => {
    workspace.project('p', ['six']);
    workspace.start();
    await workspace.run(lock, 'projects/p', {});
    const outcomes = await Promise.all([1, 2, 3].map(() => syncEnvironment(workspace.root, 'projects/p')));
    expect(outcomes.filter((outcome) => outcome === 'installed')).toHaveLength(1);
  });
});

describe('a machine', () => {
  const bin = (): string => workspace.path('bin');

  /** The PATH of a machine that has these programs alone. */
  function machine(programs: Record<string, string>): NodeJS.ProcessEnv {
    mkdirSync(bin());
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(bin(), name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(bin(), name), 0o755);
    }
    return { ...process.env, PATH: bin(), FABRICA_PYTHON: '' };
  }

  const install = (env: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, [ENV, 'projects/p', '--', 'python', '-V'], {
      cwd: workspace.root,
      encoding: 'utf8',
      env,
    });

  beforeEach(() => {
    rmSync(workspace.path('.fabrica/tools'));
    workspace.project('p', []);
    for (const name of ['requirements.txt', 'requirements-dev.txt'])
      workspace.write(`projects/p/${name}`, 'iniconfig==2.1.0\n');
  });

  it('without Python is told how to get one', () => {
    const answer = install(machine({}));
    expect(answer.stderr).toMatch(
      /error: there is no Python on the PATH: >=3\.11 is needed\n {2}try install Python 3\.11 or newer/,
    );
    expect(answer.status).toBe(1);
  });

  it('with a Python that is too old is told which one it has', () => {
    const answer = install(machine({ python3: `echo ${bin()}/python3; echo 3.9.2` }));
    expect(answer.stderr).toContain(`error: no Python here fits >=3.11`);
    expect(answer.stderr).toContain('found 3.9.2');
  });

  it('whose Python cannot make environments is told what to install', () => {
    const answer = install(
      machine({
        python3: `case "$*" in *venv*) echo 'ensurepip is not available'; exit 1;; esac; echo ${JSON.stringify(bin())}/python3; echo 3.11.2`,
      }),
    );
    expect(answer.stderr).toMatch(
      /can't make a virtual environment: ensurepip is not available\n {2}try Debian, Ubuntu: apt-get install python3\.11-venv/,
    );
  });
});

describe('env.cjs', () => {
  beforeEach(async () => {
    workspace.project('p', []);
    workspace.start();
    await workspace.run(lock, 'projects/p', {});
    await syncEnvironment(workspace.root, 'projects/p');
  });

  it('runs commands one after the other, and ends with the first that fails', () => {
    const say = (text: string, code = 0): string[] => [
      '--',
      'python',
      '-c',
      `print("${text}"); raise SystemExit(${code})`,
    ];
    expect(command('projects/p', ...say('one'), ...say('two', 3), ...say('three'))).toMatchObject({
      status: 3,
      stdout: 'one\ntwo\n',
    });
  });

  it('hands signals over and leaves nothing behind', async () => {
    const { spawn } = await import('node:child_process');
    const program =
      'import time, signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\nprint("up", flush=True)\ntime.sleep(600)';
    const child = spawn(process.execPath, [ENV, 'projects/p', '--', 'python', '-c', program], {
      cwd: workspace.root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await printed(child, 'up');
    const [record] = execFileSync('ls', [workspace.path('.fabrica/processes')], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(JSON.parse(readFileSync(workspace.path(`.fabrica/processes/${record}`), 'utf8'))).toMatchObject({
      project: 'p',
      kind: 'task',
    });
    const end = ended(child);
    child.kill('SIGTERM');
    expect((await end).code).toBe(7);
    expect(execFileSync('ls', [workspace.path('.fabrica/processes')], { encoding: 'utf8' })).toBe('');
  });

  it('explains itself', () => {
    expect(command('projects/p')).toMatchObject({
      status: 2,
      stderr: 'error: usage: env.cjs <folder> -- <command…> [-- <command…>]\n',
    });
    expect(command('projects/none', '--', 'x')).toMatchObject({
      status: 2,
      stderr: 'error: projects/none holds no pyproject.toml\n',
    });
    expect(command('projects/p', '--', 'no-such-program')).toMatchObject({ status: 127 });
  });
});

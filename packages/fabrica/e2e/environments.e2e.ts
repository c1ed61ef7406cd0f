import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { inStep, processIdentity } from '../bin/shared.cjs';
import build from '../src/executors/build/executor';
import install from '../src/executors/install/executor';
import lock from '../src/executors/lock/executor';
import publish from '../src/executors/publish/executor';
import registries from '../src/executors/registries/executor';
import { syncEnvironment } from '../src/python/environment';
import { listProcesses } from '../src/support/processes';
import { findUv } from '../src/python/uv';
import { ended, HOUSE, indexThatIsKept, printed, serverThatHangs, Workspace } from './support/workspace';

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

/** A wheel of a distribution that is on no public index. */
async function buildRare(version: string, into: string): Promise<void> {
  workspace.write(
    'rare/pyproject.toml',
    `[project]\nname = "rare"\nversion = "${version}"\n[build-system]\nrequires = ["uv_build==0.13.8"]\nbuild-backend = "uv_build"\n`,
  );
  workspace.write('rare/src/rare/__init__.py', '');
  const args = ['build', '--quiet', '--wheel', '--out-dir', into, workspace.path('rare')];
  execFileSync(await findUv(workspace.root), args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

describe('lock', () => {
  it('writes the same bytes again, keeps pins, and moves those that are named', async () => {
    workspace.project('p', ['six>=1.15']);
    workspace.start();
    expect(await workspace.run(lock, 'projects/p', {})).toMatchObject({ success: true });
    const locks = (): string[] =>
      ['requirements.txt', 'requirements-dev.txt'].map((name) => workspace.read(`projects/p/${name}`));
    const first = locks();
    // The first line says what it was made from; nothing says from where.
    for (const text of first)
      expect(text.replace(/^# inputs: sha256:[0-9a-f]{64}\n/, '')).toMatch(/^(?!.*(#|index|\/\/))\w/s);
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
    await workspace.run(lock, 'projects/p', {});
    expect(locks()[0]).toMatch(/^# inputs: .*\nsix==1\.16\.0/);
    expect(await workspace.run(lock, 'projects/p', { upgrade: 'six' })).toMatchObject({
      success: true,
      stdout: expect.stringContaining('six 1.16.0 →'),
    });
    expect(locks()).toEqual(first);
  });

  it('is stale when an extra is added or a dependency is taken out', async () => {
    workspace.project('p', ['coverage>=7', 'six>=1.15']);
    workspace.start();
    await workspace.run(lock, 'projects/p', {});
    expect(await workspace.run(install, 'projects/p', {})).toMatchObject({ success: true });
    const stale = {
      success: false,
      stderr: expect.stringContaining(
        'error: projects/p/requirements.txt:1: requirements.txt was made from other dependencies\n  try npx nx run p:lock\n',
      ),
    };
    workspace.project('p', ['coverage[toml]>=7', 'six>=1.15']);
    expect(await workspace.run(install, 'projects/p', {})).toMatchObject(stale);
    await workspace.run(lock, 'projects/p', {});
    expect(await workspace.run(install, 'projects/p', {})).toMatchObject({ success: true });
    workspace.project('p', ['coverage[toml]>=7']);
    expect(await workspace.run(install, 'projects/p', {})).toMatchObject(stale);
    await workspace.run(lock, 'projects/p', {});
    expect(workspace.read('projects/p/requirements.txt')).not.toContain('six');
    expect(command('projects/p', '--', 'python', '-c', 'import six').stderr).toContain('No module named');
  });

  it('is stale when a constraint is added, and says so when no pin moves', async () => {
    workspace.project('p', ['six>=1.15']);
    workspace.start();
    await workspace.run(lock, 'projects/p', {});
    const constrain = (constraint: string): void => {
      workspace.project('p', ['six>=1.15']);
      const pyproject = workspace.read('projects/p/pyproject.toml');
      workspace.write(
        'projects/p/pyproject.toml',
        `${pyproject}constraint-dependencies = ["${constraint}"]\n`,
      );
    };
    constrain('six<9');
    expect(await workspace.run(install, 'projects/p', {})).toMatchObject({
      success: false,
      stderr: expect.stringContaining('try npx nx run p:lock'),
    });
    expect((await workspace.run(lock, 'projects/p', {})).stderr).toContain('pins unchanged, inputs noted');
    expect((await workspace.run(lock, 'projects/p', {})).stderr).not.toContain('pins unchanged');
    constrain('six<1.17');
    expect((await workspace.run(lock, 'projects/p', {})).stdout).toContain('→ 1.16.0');
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

  it('tells a name that no index has, with its line, and nothing of other indexes', async () => {
    workspace.package('tools');
    workspace.project('p', ['acme-tools', 'acme-no-such-package>=2']);
    workspace.start();
    await workspace.run(publish, 'packages/tools', {});
    expect((await workspace.run(lock, 'projects/p', {})).stderr).toMatch(
      /error: projects\/p\/pyproject\.toml:7: acme-no-such-package>=2: no index has a package acme-no-such-package\n {2}try correct the name in projects\/p\/pyproject\.toml:7\n$/,
    );
  });

  it('tells what to publish, and which versions there are', async () => {
    workspace.package('tools');
    workspace.package('maps');
    workspace.project('p', ['acme-tools==0.1.0', 'acme-maps>=0.1']);
    workspace.start();
    const said = async (): Promise<string> => (await workspace.run(lock, 'projects/p', {})).stderr;
    const unpublished = await said();
    expect(unpublished).toContain(
      'error: projects/p/pyproject.toml:6: acme-tools==0.1.0 is wanted, but the private index has no acme-tools (packages/tools is at 0.1.0)\n  try npx nx run tools:publish\n',
    );
    expect(unpublished).toContain('try npx nx run maps:publish\n');
    for (const name of ['tools', 'maps']) await workspace.run(publish, `packages/${name}`, {});
    workspace.package('tools', { version: '0.2.0' });
    workspace.commit('raise');
    await workspace.run(publish, 'packages/tools', {});
    workspace.project('p', ['acme-tools==0.9.0', 'acme-maps>=0.1']);
    const missing = await said();
    expect(missing).toContain(
      'error: projects/p/pyproject.toml:6: acme-tools==0.9.0 is wanted, but the private index has 0.1.0, 0.2.0 (packages/tools is at 0.2.0)\n  try in projects/p/pyproject.toml: acme-tools==0.2.0\n      or raise version in packages/tools/pyproject.toml, commit, and npx nx run tools:publish\n',
    );
    expect(missing).not.toContain('index-strategy');
    workspace.project('p', ['acme-tools==0.2.0', 'acme-maps>=0.1']);
    expect(await workspace.run(lock, 'projects/p', {})).toMatchObject({ success: true });
  });

  it('of a new project, when it is interrupted, leaves no registry that it started', async () => {
    workspace.package('core');
    workspace.project('p', ['acme-core', 'six']);
    workspace.start();
    await workspace.run(publish, 'packages/core', {});
    await workspace.run(registries, '.', { action: 'stop' });
    const { url, asked, server } = await serverThatHangs();
    const child = workspace.node(
      `require('@swc-node/register');
      require(${JSON.stringify(join(HOUSE, 'packages/fabrica/src/generators/shared/lock.ts'))})
        .lockNow(${JSON.stringify(workspace.root)}, 'projects/p')
        .catch((error) => { console.error(error.message); process.exit(1); });`,
      { UV_DEFAULT_INDEX: url, UV_NO_CACHE: '1' },
    );
    const end = ended(child);
    await asked;
    expect(listProcesses(workspace.root).map(({ id }) => id)).toEqual(['registry-pypi']);
    child.kill('SIGINT');
    expect(await end).toMatchObject({ code: 1, output: expect.stringContaining('cancelled') });
    expect(listProcesses(workspace.root)).toEqual([]);
    await new Promise((done) => server.close(done));
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
        /iniconfig \S+ did not come from http:\/\/127\.0\.0\.1[\s\S]*try publish it there first: npx nx run tools:publish\n/,
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

  it('has what was locked from a newer page of the index than the one that uv keeps', async () => {
    const wheels = workspace.path('wheels');
    for (const version of ['0.1.0', '0.2.0', '0.3.0']) await buildRare(version, wheels);
    const { url, show, server } = await indexThatIsKept(wheels, ['0.1.0']);
    const pin = (version: string): void => {
      const bytes = readFileSync(join(wheels, `rare-${version}-py3-none-any.whl`));
      const hash = createHash('sha256').update(bytes).digest('hex');
      for (const name of ['requirements.txt', 'requirements-dev.txt'])
        workspace.write(`projects/p/${name}`, `rare==${version} \\\n    --hash=sha256:${hash}\n`);
    };
    Object.assign(process.env, { UV_DEFAULT_INDEX: url, UV_CACHE_DIR: workspace.path('cache') });
    try {
      workspace.project('p', ['rare']);
      const pyproject = workspace.read('projects/p/pyproject.toml').replace('"iniconfig"', '');
      workspace.write('projects/p/pyproject.toml', pyproject);
      workspace.start();
      expect(await workspace.run(lock, 'projects/p', {})).toMatchObject({ success: true });
      pin('0.2.0');
      show(['0.1.0', '0.2.0']);
      expect(await workspace.run(install, 'projects/p', {})).toMatchObject({ success: true });
      pin('0.3.0');
      expect(await workspace.run(install, 'projects/p', {})).toMatchObject({
        success: false,
        stderr: expect.stringContaining(
          'try again in a few minutes: the index may be behind, and not show rare==0.3.0 yet\n      or move the pin to what it has: npx nx run p:lock --upgrade=rare\n',
        ),
      });
    } finally {
      delete process.env.UV_DEFAULT_INDEX;
      delete process.env.UV_CACHE_DIR;
      await new Promise((done) => server.close(done));
    }
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
      'error: projects/p/pyproject.toml:7: packaging is not in requirements.txt\n  try npx nx run p:lock\n',
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

  it('is made anew with the Python that FABRICA_PYTHON names', async () => {
    workspace.project('p', ['six']);
    workspace.start();
    await workspace.run(lock, 'projects/p', {});
    await syncEnvironment(workspace.root, 'projects/p');
    const fact = (file: string, env: NodeJS.ProcessEnv) => {
      const options = { cwd: workspace.root, encoding: 'utf8' as const, env: { ...process.env, ...env } };
      return spawnSync(process.execPath, [ENV, 'projects/p', '--', 'python', file], options);
    };
    workspace.write('projects/p/base.py', 'import sys, six\nprint(sys.base_prefix)\n');
    const base = fact('base.py', {}).stdout.trim();
    // The same installation under another name: nothing is thrown away.
    const [version] = readdirSync(workspace.path('projects/p/.venv/lib'));
    workspace.write(`projects/p/.venv/lib/${version}/site-packages/mine.txt`, '');
    const same = { FABRICA_PYTHON: realpathSync(workspace.path('projects/p/.venv/bin/python')) };
    expect(fact('base.py', same)).toMatchObject({ status: 0, stdout: `${base}\n` });
    expect(existsSync(workspace.path(`projects/p/.venv/lib/${version}/site-packages/mine.txt`))).toBe(true);
    expect(inStep(workspace.path('projects/p'), same)).toBe(true);
    // Another one: a copy of the interpreter that calls another folder its home.
    const other = workspace.path('other python');
    mkdirSync(join(other, 'bin'), { recursive: true });
    symlinkSync(join(base, 'lib'), join(other, 'lib'));
    cpSync(same.FABRICA_PYTHON, join(other, 'bin', 'python3'));
    const named = { FABRICA_PYTHON: join(other, 'bin', 'python3') };
    expect(fact('base.py', named)).toMatchObject({ status: 0, stdout: `${other}\n` });
    // Without the variable what is there stays.
    expect(fact('base.py', { FABRICA_PYTHON: '' }).stdout).toBe(`${other}\n`);
    const wrong = fact('base.py', { FABRICA_PYTHON: '/nowhere/python3' });
    expect(wrong.status).toBe(1);
    expect(wrong.stderr).toContain('error: FABRICA_PYTHON=/nowhere/python3 is no Python: >=3.11 is needed');
  });

  it('of a package follows what its siblings need', async () => {
    workspace.package('base');
    workspace.package('tools', { siblings: ['base'] });
    workspace.start();
    await workspace.run(lock, 'packages/tools', {});
    const importing = ['packages/tools', '--', 'python', '-c', 'from acme import base; print(base.VERSION)'];
    const manifest = workspace.read('packages/base/pyproject.toml');
    await syncEnvironment(workspace.root, 'packages/tools');
    workspace.write(
      'packages/base/pyproject.toml',
      manifest.replace('dependencies = []', 'dependencies = ["six"]'),
    );
    workspace.write(
      'packages/base/src/acme/base/__init__.py',
      'from six import __version__ as VERSION\nCODE = 1\n',
    );
    expect(command(...importing)).toMatchObject({
      status: 1,
      stderr:
        'error: packages/base/pyproject.toml:5: six is not in packages/tools/requirements-dev.txt\n  try npx nx run tools:lock\n',
    });
    await workspace.run(lock, 'packages/tools', {});
    expect(command(...importing)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d/) });
  });

  it('of a copied or moved workspace is its own', async () => {
    workspace.package('base', { code: '1' });
    workspace.package('tools', { siblings: ['base'] });
    workspace.start();
    workspace.write('packages/tools/ask.py', 'from acme import base\nprint(base.CODE)\n');
    await workspace.run(lock, 'packages/tools', {});
    await syncEnvironment(workspace.root, 'packages/tools');
    const [copy, moved] = [`${workspace.root} (copy)`, `${workspace.root} (moved)`];
    execFileSync('cp', ['-a', workspace.root, copy]);
    writeFileSync(join(copy, 'packages/base/src/acme/base/__init__.py'), 'CODE = 2\n');
    const ask = (root: string) =>
      spawnSync(process.execPath, [ENV, 'packages/tools', '--', 'python', 'ask.py'], {
        cwd: root,
        encoding: 'utf8',
      });
    const program = (root: string) =>
      readFileSync(join(root, 'packages/tools/.venv/bin/activate'), 'utf8').includes(
        `${root}/packages/tools`,
      );
    expect(ask(copy)).toMatchObject({ status: 0, stdout: '2\n' });
    expect(program(copy)).toBe(true);
    renameSync(copy, moved);
    expect(ask(moved)).toMatchObject({ status: 0, stdout: '2\n' });
    expect(program(moved)).toBe(true);
    expect(ask(workspace.root)).toMatchObject({ status: 0, stdout: '1\n', stderr: '' });
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

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends what the command has started too, on %s',
    async (signal) => {
      const { spawn } = await import('node:child_process');
      // The server is the test's own; the orphan has lost its parent before anybody asks it to end.
      const program = [
        'import subprocess, sys, time',
        'server = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)"])',
        'orphan = subprocess.run(["sh", "-c", "sleep 600 >&- & echo $!"], stdout=subprocess.PIPE, text=True).stdout.strip()',
        'print("pids", server.pid, orphan, "!", flush=True)',
        'time.sleep(600)',
      ].join('\n');
      const child = spawn(process.execPath, [ENV, 'projects/p', '--', 'python', '-c', program], {
        cwd: workspace.root,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const end = ended(child);
      await printed(child, '!');
      const pids = (/pids (\d+) (\d+)/.exec(output) ?? []).slice(1).map(Number);
      expect(pids.map((pid) => processIdentity(pid) !== undefined)).toEqual([true, true]);
      child.kill(signal);
      await end;
      expect(pids.map(processIdentity)).toEqual([undefined, undefined]);
    },
  );

  it('leaves the terminal to the command: it reads there, and Ctrl-C reaches it once', () => {
    const program = [
      'import os, signal, time',
      'count = []',
      // Not print: the signal may come while the line below is being printed.
      'signal.signal(signal.SIGINT, lambda *_: (count.append(1), os.write(1, b"ctrl c")))',
      'print("your", "name?", flush=True)',
      // A signal just before a read is only seen when the read ends.
      'while not count: time.sleep(0.01)',
      'print("name", input(), len(count), flush=True)',
    ].join('\n');
    const terminal = [
      'import os, pty, sys',
      'pid, fd = pty.fork()',
      'if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])',
      'seen = b""',
      'def until(text):',
      '    global seen',
      '    while text not in seen:',
      '        try: seen += os.read(fd, 4096)',
      '        except OSError: sys.exit(f"ended without {text}: {seen}")',
      'until(b"your name?"); os.write(fd, b"\\x03")',
      'until(b"ctrl c"); os.write(fd, b"Ada\\n")',
      'until(b"name Ada 1"); sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))',
    ].join('\n');
    const python = workspace.path('projects/p/.venv/bin/python');
    const answer = spawnSync(
      python,
      ['-c', terminal, process.execPath, ENV, 'projects/p', '--', 'python', '-c', program],
      { cwd: workspace.root, encoding: 'utf8', timeout: 60_000 },
    );
    expect(answer).toMatchObject({ status: 0, stderr: '' });
  });

  it('notes what runs without its secrets, for nobody else to read', () => {
    const program =
      'import glob, os; [name] = glob.glob("../../.fabrica/processes/*.json"); print(oct(os.stat(name).st_mode & 0o777), open(name).read())';
    const answer = command('projects/p', '--', 'python', '-c', program, 'https://ada:hunter22@localhost/');
    expect(answer.stdout).toMatch(/^0o600 [\s\S]*https:\/\/ada:\*\*\*@localhost\//);
    expect(answer.stdout).not.toContain('hunter22');
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

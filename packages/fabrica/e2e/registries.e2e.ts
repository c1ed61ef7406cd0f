import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import build from '../src/executors/build/executor';
import install from '../src/executors/install/executor';
import lock from '../src/executors/lock/executor';
import publish from '../src/executors/publish/executor';
import registries from '../src/executors/registries/executor';
import { lockNow } from '../src/generators/shared/lock';
import { embeddedCredentials } from '../src/registries/credentials';
import { embeddedProcess } from '../src/registries/embedded';
import { ensureNpm, ensurePypi } from '../src/registries/registries';
import { withLock } from '../src/support/lock';
import { listProcesses, stopProcess } from '../src/support/processes';
import { parseLock } from '../src/python/requirements';
import { findUv, pins, UV_VERSION } from '../src/python/uv';
import { ended, serverThatSays, Workspace } from './support/workspace';

jest.setTimeout(180_000);
process.env.NO_COLOR = '1';

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(async () => {
  for (const name of ['FABRICA_PYPI_URL', 'FABRICA_PYPI_USERNAME', 'FABRICA_PYPI_PASSWORD'])
    delete process.env[name];
  await workspace.remove();
});

const version = (name: string): string | undefined =>
  /^CODE = (.*)$/m.exec(workspace.read(`packages/${name}/src/acme/${name}/__init__.py`))?.[1];

/** A workspace with a released package and a project whose lock pins it. */
async function released(): Promise<void> {
  workspace.package('tools');
  workspace.project('p', ['acme-tools==0.1.0']);
  workspace.start();
  expect(await workspace.run(publish, 'packages/tools', {})).toMatchObject({ success: true });
  expect(await workspace.run(lock, 'projects/p', {})).toMatchObject({ success: true });
  workspace.commit('release');
}

describe('the embedded registries', () => {
  it('start on demand, are found again, ask for a password, and stop', async () => {
    const first = await ensurePypi(workspace.root);
    expect(await ensurePypi(workspace.root)).toEqual(first);
    const anonymous = await fetch(new URL('anything/', first.url));
    expect(anonymous.status).toBe(401);
    const npm = await ensureNpm(workspace.root);
    expect((await fetch(new URL('-/ping', npm.url))).status).toBe(200);
    expect((await fetch(new URL('fabrica', npm.url), { method: 'PUT', body: '{}' })).status).toBe(401);
    const shown = await workspace.run(registries, '.', { action: 'status', json: true });
    expect(JSON.parse(shown.stdout)).toMatchObject({
      registries: [
        { kind: 'pypi', state: 'running' },
        { kind: 'npm', state: 'running' },
      ],
    });
    await workspace.run(registries, '.', { action: 'stop' });
    expect(listProcesses(workspace.root)).toEqual([]);
    await expect(fetch(first.url)).rejects.toThrow();
  });

  it('are started once when several want them at once', async () => {
    const urls = await Promise.all([1, 2, 3].map(async () => (await ensurePypi(workspace.root)).url));
    const children = [1, 2].map(() =>
      workspace.spawn('registries', '.', { action: 'start', only: 'pypi', json: true }),
    );
    const answers = await Promise.all(
      children.map(
        (child) =>
          new Promise<string>((done) => {
            let text = '';
            child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
            child.once('close', () => done(text));
          }),
      ),
    );
    const pids = answers.map(
      (answer) => (JSON.parse(answer) as { registries: { pid: number }[] }).registries[0]?.pid,
    );
    expect(new Set(urls).size).toBe(1);
    expect(new Set([...pids, embeddedProcess(workspace.root, 'pypi')?.pid]).size).toBe(1);
  });

  it('come back on their port, on another when that is taken, also after a kill -9', async () => {
    const first = await ensurePypi(workspace.root);
    process.kill(embeddedProcess(workspace.root, 'pypi')?.pid as number, 'SIGKILL');
    const second = await ensurePypi(workspace.root);
    expect(second.url).toBe(first.url);
    const record = embeddedProcess(workspace.root, 'pypi');
    if (record) await stopProcess(workspace.root, record);
    const other = createServer();
    await new Promise<void>((done) => other.listen(Number(new URL(first.url).port), '127.0.0.1', done));
    try {
      expect((await ensurePypi(workspace.root)).url).not.toBe(first.url);
    } finally {
      other.close();
    }
  });

  it('keep the files of one that is starting when they are reset', async () => {
    const { password } = embeddedCredentials(workspace.root);
    let letGo = (): void => undefined;
    const busy = withLock(workspace.root, 'registry-npm', () => new Promise<void>((done) => (letGo = done)));
    const reset = ended(workspace.spawn('registries', '.', { action: 'reset', json: true }));
    await wait(3000);
    const starting = withLock(workspace.root, 'registry-pypi', async () => {
      workspace.write('.fabrica/registries/pypi/htpasswd', 'mine');
      await wait(1500);
      return existsSync(workspace.path('.fabrica/registries/pypi/htpasswd'));
    });
    await wait(500);
    letGo();
    expect(await starting).toBe(true);
    await busy;
    expect(await reset).toMatchObject({ code: 0 });
    expect(embeddedCredentials(workspace.root).password).not.toBe(password);
  });

  it('give their password to nobody: not to the list of processes, a log, or a file for all', async () => {
    await released();
    const { password } = embeddedCredentials(workspace.root);
    const files = execFileSync(
      'grep',
      ['-rlF', '--exclude-dir=node_modules', '--exclude-dir=tools', password, workspace.root],
      { encoding: 'utf8' },
    );
    expect(files.trim().split('\n')).toEqual([workspace.path('.fabrica/registries/credentials.json')]);
    const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8', maxBuffer: 1e8 });
    expect(processes).not.toContain(password);
  });
});

describe('a release', () => {
  it('is published once: the same bytes again, other bytes never', async () => {
    await released();
    expect(await workspace.run(publish, 'packages/tools', {})).toMatchObject({
      success: true,
      stderr: expect.stringContaining('already published'),
    });
    workspace.package('tools', { code: '2' });
    const changed = await workspace.run(publish, 'packages/tools', {});
    expect(changed.success).toBe(false);
    expect(changed.stderr).toContain(
      'acme-tools 0.1.0 exists already in packages/tools/releases/0.1.0.json with other bytes',
    );
    expect(changed.stderr).toContain('raise "version" in packages/tools/pyproject.toml');
  });

  it('wants a clean tree, and names the way out', async () => {
    workspace.package('tools');
    workspace.start();
    workspace.package('tools', { code: '2' });
    const refused = await workspace.run(publish, 'packages/tools', {});
    expect(refused).toMatchObject({
      success: false,
      stderr: expect.stringContaining('npx nx run tools:publish --record'),
    });
    expect(await workspace.run(publish, 'packages/tools', { record: true })).toMatchObject({ success: true });
  });

  it('can be recorded anew until it has left this workspace', async () => {
    await released();
    workspace.package('tools', { code: '2' });
    expect(await workspace.run(publish, 'packages/tools', { record: true })).toMatchObject({ success: true });
    workspace.commit('again');
    workspace.git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    workspace.package('tools', { code: '3' });
    const refused = await workspace.run(publish, 'packages/tools', { record: true });
    expect(refused).toMatchObject({
      success: false,
      stderr: expect.stringContaining('has left this workspace'),
    });
  });

  it('is made again by a fresh clone with the hash of the lock: from the working tree, from the history, not from a shallow clone', async () => {
    await released();
    expect(await workspace.run(install, 'projects/p', {})).toMatchObject({ success: true });
    workspace.package('tools', { version: '0.2.0', code: '2' });
    workspace.commit('next');
    expect(version('tools')).toBe('2');
    const clone = new Workspace();
    const shallow = new Workspace();
    try {
      for (const [target, depth] of [
        [clone, []],
        [shallow, ['--depth', '1']],
      ] as const) {
        rmSync(target.root, { recursive: true });
        execFileSync('git', ['clone', '-q', ...depth, `file://${workspace.root}`, target.root], {
          stdio: 'ignore',
        });
        mkdirSync(target.path('.fabrica'));
        for (const name of ['node_modules', '.fabrica/tools'])
          symlinkSync(workspace.path(name), target.path(name));
      }
      expect(await clone.run(install, 'projects/p', {})).toMatchObject({ success: true });
      const code = execFileSync(
        clone.path('projects/p/.venv/bin/python'),
        ['-c', 'from acme import tools; print(tools.CODE)'],
        { encoding: 'utf8' },
      );
      expect(code.trim()).toBe('1');
      const failed = await shallow.run(install, 'projects/p', {});
      expect(failed.stderr).toMatch(
        /acme-tools 0\.1\.0 with sha256 [0-9a-f]{12}… can't be made here[\s\S]*git fetch --unshallow/,
      );
      shallow.git('fetch', '-q', '--unshallow');
      expect(await shallow.run(install, 'projects/p', {})).toMatchObject({ success: true });
    } finally {
      await clone.remove();
      await shallow.remove();
    }
  });

  it('holds nothing that git ignores, so that any clone makes the same bytes', async () => {
    workspace.package('tools');
    workspace.write('.gitignore', `${workspace.read('.gitignore')}*.log\n`);
    workspace.write('packages/tools/src/acme/tools/debug.log', 'a secret\n');
    workspace.project('p', ['acme-tools==0.1.0']);
    workspace.start();
    expect(await workspace.run(publish, 'packages/tools', {})).toMatchObject({ success: true });
    workspace.package('tools', { code: '2' });
    expect(await workspace.run(publish, 'packages/tools', { record: true })).toMatchObject({ success: true });
    expect(await workspace.run(lock, 'projects/p', {})).toMatchObject({ success: true });
    // The index has lost it: the working tree makes it again, with the log beside it.
    await workspace.run(registries, '.', { action: 'reset', only: 'pypi' });
    expect(await workspace.run(install, 'projects/p', {})).toMatchObject({ success: true });
    const installed = execFileSync('find', [workspace.path('projects/p/.venv'), '-path', '*acme/tools/*'], {
      encoding: 'utf8',
    });
    expect(installed).toContain('__init__.py');
    expect(installed).not.toContain('debug.log');
  });

  it('that nothing fits any more is named, with its hash and the way out', async () => {
    await released();
    const text = workspace.read('projects/p/requirements-dev.txt');
    for (const file of ['requirements.txt', 'requirements-dev.txt']) {
      workspace.write(
        `projects/p/${file}`,
        workspace
          .read(`projects/p/${file}`)
          .replace(/(acme-tools==0\.1\.0 \\\n\s+--hash=sha256:)[0-9a-f]{64}/, `$1${'0'.repeat(64)}`),
      );
    }
    expect(workspace.read('projects/p/requirements-dev.txt')).not.toBe(text);
    const held = await workspace.run(install, 'projects/p', {});
    expect(held.stderr).toMatch(
      /holds acme-tools 0\.1\.0 with other bytes than the lock wants \(sha256 [0-9a-f]{12}…, wanted 000000000000…\)[\s\S]*registries reset/,
    );
    await workspace.run(registries, '.', { action: 'reset', only: 'pypi' });
    const lost = await workspace.run(install, 'projects/p', {});
    expect(lost.stderr).toMatch(
      /acme-tools 0\.1\.0 with sha256 000000000000… can't be made here[\s\S]*\n +npx nx run p:lock --upgrade=acme-tools\n/,
    );
  });
});

describe("a company's registry", () => {
  beforeEach(released);

  it('that is down is named', async () => {
    const { url, server } = await serverThatSays(200);
    await new Promise((done) => server.close(done));
    process.env.FABRICA_PYPI_URL = url;
    const answer = await workspace.run(install, 'projects/p', {});
    expect(answer).toMatchObject({
      success: false,
      stderr: expect.stringContaining(`the registry ${url} does not answer (ECONNREFUSED)`),
    });
    expect(answer.stderr).toContain('check FABRICA_PYPI_URL');
    expect(answer.stderr).not.toMatch(/\n\s+at /);
  });

  it('that refuses the password is named, without the password', async () => {
    const own = await ensurePypi(workspace.root);
    Object.assign(process.env, {
      FABRICA_PYPI_URL: own.url,
      FABRICA_PYPI_USERNAME: 'anna',
      FABRICA_PYPI_PASSWORD: 'not-the-password',
    });
    for (const answer of [
      await workspace.run(install, 'projects/p', {}),
      await workspace.run(publish, 'packages/tools', {}),
    ]) {
      expect(answer.success).toBe(false);
      expect(answer.stderr).toMatch(/refuses the password of anna \(40[13]\)[\s\S]*FABRICA_PYPI_PASSWORD/);
      expect(answer.stderr).not.toContain('not-the-password');
    }
  });

  it('that holds other bytes is named, and so is one that lacks the version', async () => {
    const own = await ensurePypi(workspace.root);
    Object.assign(process.env, {
      FABRICA_PYPI_URL: own.url,
      FABRICA_PYPI_USERNAME: own.username,
      FABRICA_PYPI_PASSWORD: own.password,
    });
    const storage = workspace.path('.fabrica/registries/pypi/packages');
    const [wheel] = readdirSync(storage);
    execFileSync('sh', ['-c', 'printf x >> "$0"', join(storage, wheel as string)]);
    expect((await workspace.run(install, 'projects/p', {})).stderr).toContain(
      'with other bytes than the lock wants',
    );
    expect((await workspace.run(publish, 'packages/tools', {})).stderr).toContain('with other bytes');
    rmSync(join(storage, wheel as string));
    expect((await workspace.run(install, 'projects/p', {})).stderr).toContain(
      'has no acme-tools 0.1.0, which the lock pins',
    );
    expect(await workspace.run(publish, 'packages/tools', {})).toMatchObject({ success: true });
    expect(await workspace.run(install, 'projects/p', {})).toMatchObject({ success: true });
  });

  it('is asked for what pyproject.toml takes from it by name: a public package of that name is refused', async () => {
    const own = await ensurePypi(workspace.root);
    Object.assign(process.env, {
      FABRICA_PYPI_URL: own.url,
      FABRICA_PYPI_USERNAME: own.username,
      FABRICA_PYPI_PASSWORD: own.password,
    });
    workspace.project('q', ['iniconfig==2.0.0']);
    const pyproject = workspace.read('projects/q/pyproject.toml');
    const sources = '\n[tool.uv.sources]\niniconfig = { index = "fabrica" }\n';
    workspace.write('projects/q/pyproject.toml', pyproject + sources);
    const refused = await workspace.run(lock, 'projects/q', {});
    expect(refused).toMatchObject({
      success: false,
      stderr: expect.stringContaining(`iniconfig 2.0.0 did not come from ${own.url}`),
    });
    await expect(lockNow(workspace.root, 'projects/q')).rejects.toMatchObject({ code: 'wrong-index' });
    expect(existsSync(workspace.path('projects/q/requirements.txt'))).toBe(false);
  });

  it('does not let a version that has left be recorded anew', async () => {
    const own = await ensurePypi(workspace.root);
    Object.assign(process.env, {
      FABRICA_PYPI_URL: own.url,
      FABRICA_PYPI_USERNAME: own.username,
      FABRICA_PYPI_PASSWORD: own.password,
    });
    const record = workspace.read('packages/tools/releases/0.1.0.json');
    workspace.git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    // Also where the index has lost it: other people's locks hold its hash.
    rmSync(workspace.path('.fabrica/registries/pypi/packages'), { recursive: true });
    workspace.package('tools', { code: '2' });
    const refused = await workspace.run(publish, 'packages/tools', { record: true });
    expect(refused).toMatchObject({
      success: false,
      stderr: expect.stringContaining('has left this workspace'),
    });
    expect(refused.stderr).toContain('raise "version" in packages/tools/pyproject.toml');
    expect(workspace.read('packages/tools/releases/0.1.0.json')).toBe(record);
  });
});

describe('an npm package', () => {
  it('is published once: the same bytes again, other bytes never', async () => {
    workspace.write(
      'packages/ui/package.json',
      JSON.stringify({ name: '@acme/ui', version: '1.0.0', files: ['index.js'] }),
    );
    workspace.write('packages/ui/index.js', 'module.exports = 1;\n');
    workspace.start();
    expect(await workspace.run(publish, 'packages/ui', {})).toMatchObject({
      success: true,
      stderr: expect.stringContaining('@acme/ui 1.0.0: published'),
    });
    expect(await workspace.run(publish, 'packages/ui', {})).toMatchObject({
      success: true,
      stderr: expect.stringContaining('@acme/ui 1.0.0: already published'),
    });
    workspace.write('packages/ui/index.js', 'module.exports = 2;\n');
    const refused = await workspace.run(publish, 'packages/ui', {});
    expect(refused).toMatchObject({
      success: false,
      stderr: expect.stringContaining('raise "version" in packages/ui/package.json'),
    });
  });

  it('holds what its build made, but no log or secret that git ignores', async () => {
    const manifest = { name: '@acme/ui', version: '1.0.0', files: ['bin', 'dist'] };
    workspace.write('packages/ui/package.json', JSON.stringify(manifest));
    workspace.write('.gitignore', `${workspace.read('.gitignore')}*.log\n`);
    for (const file of ['bin/ui.js', 'bin/debug.log', 'dist/index.js', 'src/a.json', 'src/debug.log'])
      workspace.write(`packages/ui/${file}`, '1\n');
    workspace.write('packages/ui/src/index.ts', 'export const one = 1;\n');
    workspace.write('packages/ui/tsconfig.build.json', '{ "include": ["src"] }');
    workspace.start();
    expect(await workspace.run(publish, 'packages/ui', {})).toMatchObject({
      success: false,
      stderr: expect.stringMatching(
        /what git ignores: bin\/debug\.log[\s\S]*rm packages\/ui\/bin\/debug\.log/,
      ),
    });
    rmSync(workspace.path('packages/ui/bin/debug.log'));
    expect(await workspace.run(build, 'packages/ui', {})).toMatchObject({ success: true });
    expect(readdirSync(workspace.path('packages/ui/dist')).sort()).toEqual(['a.json', 'index.js']);
    expect(await workspace.run(publish, 'packages/ui', {})).toMatchObject({ success: true });
  });
});

test('uv comes from the package index with its hash, once, also when two want it at once', async () => {
  const bare = new Workspace({ sharedTools: false });
  const { PATH } = process.env;
  // A uv on the PATH would be used.
  process.env.PATH = (PATH ?? '')
    .split(':')
    .filter((folder) => !existsSync(join(folder, 'uv')))
    .join(':');
  try {
    const [one, two] = await Promise.all([findUv(bare.root), findUv(bare.root)]);
    expect(one).toBe(two);
    expect(execFileSync(one, ['--version'], { encoding: 'utf8' })).toContain(UV_VERSION);
    expect(readdirSync(bare.path('.fabrica/tools'))).toEqual([`uv-${UV_VERSION}`]);
    expect(parseLock(readFileSync(pins('uv'), 'utf8'))).toEqual([
      expect.objectContaining({
        name: 'uv',
        version: UV_VERSION,
        hashes: expect.arrayContaining([expect.stringMatching(/^[0-9a-f]{64}$/)]),
      }),
    ]);
  } finally {
    process.env.PATH = PATH;
    await bare.remove();
  }
});

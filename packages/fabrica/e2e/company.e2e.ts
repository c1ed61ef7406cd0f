import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import install from '../src/executors/install/executor';
import lock from '../src/executors/lock/executor';
import publish from '../src/executors/publish/executor';
import registries from '../src/executors/registries/executor';
import { findUv } from '../src/python/uv';
import { ensureNpm, ensurePypi } from '../src/registries/registries';
import { basicToken } from '../src/registries/credentials';
import { listProcesses } from '../src/support/processes';
import { serverThat, serverThatSays, Workspace, type Answer } from './support/workspace';

jest.setTimeout(240_000);
const VARIABLE = /^(FABRICA_|UV_|NPM_CONFIG_|NX_VERBOSE_LOGGING$|PATH$|PYTHON_KEYRING_|XDG_DATA_HOME$)/;
const LOCKS = ['requirements.txt', 'requirements-dev.txt'];

/**
 * A workspace that uses the registries of its company, with the address and the password in the environment; and a
 * second index, which plays the public one, and has the company's package in a higher version.
 */
describe("a company's registries", () => {
  const company = new Workspace();
  const outside = new Workspace();
  const workspace = new Workspace();
  const home = mkdtempSync(join(tmpdir(), 'fabrica-company-'));
  const before = Object.entries(process.env).filter(([name]) => VARIABLE.test(name));
  const told: string[] = [];
  const secrets: string[] = [];
  let address: { pypi: URL; npm: URL };
  let uv: string;

  const run = async (...args: Parameters<Workspace['run']>): Promise<Answer> => {
    const answer = await workspace.run(...args);
    told.push(answer.stdout, answer.stderr);
    return answer;
  };
  const restore = () => {
    for (const name of Object.keys(process.env)) if (VARIABLE.test(name)) delete process.env[name];
    Object.assign(process.env, Object.fromEntries(before), {
      NO_COLOR: '1',
      NX_VERBOSE_LOGGING: 'true',
      UV_DEFAULT_INDEX: publicIndex,
      UV_CACHE_DIR: join(home, 'uv'),
      NPM_CONFIG_CACHE: join(home, 'npm'),
      // What fails here fails for good.
      UV_HTTP_RETRIES: '0',
      NPM_CONFIG_FETCH_RETRIES: '0',
      FABRICA_PYPI_URL: address.pypi.href,
      FABRICA_NPM_URL: address.npm.href,
    });
  };
  let publicIndex: string;
  const withUser = (url: string, { username = '', password = '' }): URL =>
    Object.assign(new URL(url), { username, password });
  const wheels = (one: Workspace) => one.path('.fabrica/registries/pypi/packages');
  const project = (sources = '[tool.uv.sources]\nacme-tools = { index = "fabrica" }\n') => {
    workspace.write('projects/p/fabrica.yaml', 'owner: acme\n');
    workspace.write(
      'projects/p/pyproject.toml',
      `[project]\nname = "p"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = ["acme-tools>=0.1"]\n\n[tool.uv]\nmanaged = false\n\n${sources}`,
    );
    for (const name of LOCKS) rmSync(workspace.path(`projects/p/${name}`), { force: true });
  };
  const locks = () =>
    LOCKS.map((name) => workspace.path(`projects/p/${name}`))
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8'));
  const isInstalled = () => {
    const lib = workspace.path('projects/p/.venv/lib');
    return (
      existsSync(lib) &&
      readdirSync(lib, { recursive: true }).some((file) => String(file).includes('acme_tools'))
    );
  };

  beforeAll(async () => {
    workspace.package('tools');
    workspace.start();
    outside.package('tools', { version: '99.0', code: '"stolen"' });
    outside.start();
    expect(await outside.run(publish, 'packages/tools', {})).toMatchObject({ success: true });
    const [there, pypi, npm] = [
      await ensurePypi(outside.root),
      await ensurePypi(company.root),
      await ensureNpm(company.root),
    ];
    publicIndex = withUser(there.url, there).href;
    address = { pypi: withUser(pypi.url, pypi), npm: withUser(npm.url, npm) };
    secrets.push(
      ...[pypi, there].flatMap(({ username = '', password = '' }) => [
        password,
        basicToken({ username, password }),
      ]),
    );
    uv = await findUv(workspace.root);
    restore();
    expect(await run(publish, 'packages/tools', {})).toMatchObject({ success: true });
    workspace.commit('release');
  });
  beforeEach(restore);
  afterAll(async () => {
    restore();
    for (const name of Object.keys(process.env)) if (VARIABLE.test(name)) delete process.env[name];
    Object.assign(process.env, Object.fromEntries(before));
    await Promise.all([company, outside, workspace].map((one) => one.remove()));
    rmSync(home, { recursive: true, force: true });
  });

  it('are used, and none is started beside them', async () => {
    expect(readdirSync(wheels(company))).toEqual(['acme_tools-0.1.0-py3-none-any.whl']);
    const manifest = { name: '@acme/ui', version: '1.0.0' };
    workspace.write('packages/ui/package.json', JSON.stringify(manifest));
    expect(await run(publish, 'packages/ui', {})).toMatchObject({ success: true });
    const shown = await run(registries, '.', { action: 'check' });
    expect([shown.success, shown.stderr]).toEqual([true, expect.stringMatching(/✓ pypi[\s\S]*✓ npm/)]);
    expect(listProcesses(workspace.root)).toEqual([]);
    expect(existsSync(workspace.path('.fabrica/registries'))).toBe(false);
  });

  describe('and a public package of the same name with a higher version', () => {
    it('which uv alone would take', () => {
      const args = ['pip', 'compile', '--quiet', '--no-header', '-'];
      expect(execFileSync(uv, args, { input: 'acme-tools', encoding: 'utf8', env: process.env })).toContain(
        'acme-tools==99.0',
      );
    });

    it.each([
      ['is locked and installed from the private index', undefined, {}],
      ['is not taken where pyproject.toml names no index', '', {}],
      ['is not taken by who prefers the newest of all', '', { UV_INDEX_STRATEGY: 'unsafe-best-match' }],
    ])('%s', async (_what, sources, env: NodeJS.ProcessEnv) => {
      project(sources);
      Object.assign(process.env, env);
      expect(await run(lock, 'projects/p', {})).toMatchObject({ success: true });
      for (const text of locks()) expect(text).toContain('acme-tools==0.1.0 ');
      rmSync(workspace.path('projects/p/.venv'), { recursive: true, force: true });
      expect(await run(install, 'projects/p', {})).toMatchObject({ success: true });
      const python = workspace.path('projects/p/.venv/bin/python');
      const said = execFileSync(python, ['-c', 'import acme.tools; print(acme.tools.CODE)'], {
        encoding: 'utf8',
      });
      expect(said).toBe('1\n');
    });

    it.each([
      ['is down', undefined],
      ['refuses us (401)', 401],
      ['refuses us (403)', 403],
      ['has nothing (404)', 404],
      ['is broken (500)', 500],
    ])('is not taken when the private index %s', async (_why, status) => {
      project('');
      const stand = await serverThatSays(status ?? 200);
      if (status === undefined) await new Promise((done) => stand.server.close(done));
      process.env.FABRICA_PYPI_URL = withUser(stand.url, {
        username: 'anna',
        password: address.pypi.password,
      }).href;
      const failed = await run(lock, 'projects/p', {});
      expect([failed.success, locks()]).toEqual([false, []]);
      // With the lock of another machine, and nothing in uv's cache.
      for (const name of LOCKS) workspace.write(`projects/p/${name}`, pinned('0.1.0', company));
      process.env.UV_CACHE_DIR = mkdtempSync(join(home, 'empty-'));
      rmSync(workspace.path('projects/p/.venv'), { recursive: true, force: true });
      const broken = await run(install, 'projects/p', {});
      expect([broken.success, isInstalled()]).toEqual([false, false]);
      stand.server.close();
    });

    it('is not installed from a lock that somebody wrote for it', async () => {
      project();
      for (const name of LOCKS) workspace.write(`projects/p/${name}`, pinned('99.0', outside));
      const refused = await run(install, 'projects/p', {});
      expect([refused.success, isInstalled()]).toEqual([false, false]);
      expect(refused.stderr).toContain('has no acme-tools 99.0, which the lock pins');
    });
  });

  it('may want a password that is in a keyring', async () => {
    project();
    // keyring, as it comes from PyPI, with a backend that keeps passwords in a file.
    process.env.UV_DEFAULT_INDEX = Object.fromEntries(before).UV_DEFAULT_INDEX ?? '';
    if (!process.env.UV_DEFAULT_INDEX) delete process.env.UV_DEFAULT_INDEX;
    const environment = join(home, 'keyring');
    execFileSync(uv, ['venv', '--quiet', environment], { env: process.env });
    const pins = join(__dirname, 'support', 'keyring.txt');
    const sync = [
      'pip',
      'sync',
      '--quiet',
      '--require-hashes',
      '--python',
      join(environment, 'bin', 'python'),
      pins,
    ];
    execFileSync(uv, sync, { env: process.env });
    restore();
    Object.assign(process.env, {
      PATH: [join(environment, 'bin'), process.env.PATH].join(delimiter),
      PYTHON_KEYRING_BACKEND: 'keyrings.alt.file.PlaintextKeyring',
      XDG_DATA_HOME: join(home, 'data'),
      UV_KEYRING_PROVIDER: 'subprocess',
    });
    const { username, password } = address.pypi;
    const bare = withUser(address.pypi.href, { username });
    process.env.FABRICA_PYPI_URL = bare.href;
    const unknown = await run(lock, 'projects/p', {});
    expect(unknown.stderr).toContain(`keyring has no password of ${username} for http`);
    execFileSync('keyring', ['set', withUser(bare.href, {}).href, username], {
      input: password,
      env: process.env,
    });
    expect(await run(lock, 'projects/p', {})).toMatchObject({ success: true });
  });

  it('may want the token that .npmrc has', async () => {
    const { username, password } = address.npm;
    process.env.FABRICA_NPM_URL = withUser(address.npm.href, {}).href;
    const file = join(home, 'npmrc');
    writeFileSync(file, `//${address.npm.host}/:_auth=\${ACME_NPM_AUTH}\n`);
    Object.assign(process.env, {
      NPM_CONFIG_USERCONFIG: file,
      ACME_NPM_AUTH: basicToken({ username, password }),
    });
    workspace.write('packages/ui/package.json', JSON.stringify({ name: '@acme/ui', version: '1.1.0' }));
    expect(await run(publish, 'packages/ui', {})).toMatchObject({ success: true });
    delete process.env.ACME_NPM_AUTH;
  });

  it('get what is published, whatever else names a registry', async () => {
    const other = await serverThatSays(200);
    const { origin } = new URL(other.url);
    const asked: string[] = [];
    other.server.on('request', ({ method }) => asked.push(method ?? ''));
    const elsewhere = { registry: `${origin}/`, '@acme:registry': `${origin}/` };
    const manifest = { name: '@acme/ui', version: '1.2.0', publishConfig: elsewhere };
    workspace.write('packages/ui/package.json', JSON.stringify(manifest));
    workspace.write('.npmrc', `registry=${origin}/\n@acme:registry=${origin}/\n`);
    Object.assign(process.env, {
      UV_PUBLISH_URL: `${origin}/legacy/`,
      UV_PUBLISH_INDEX: 'elsewhere',
      UV_PUBLISH_TOKEN: 'pypi-token-of-anna',
    });
    workspace.package('tools', { version: '0.2.0' });
    workspace.commit('0.2.0');
    expect(await run(publish, 'packages/ui', {})).toMatchObject({ success: true });
    expect(await run(publish, 'packages/tools', {})).toMatchObject({ success: true });
    expect(asked).toEqual([]);
    rmSync(workspace.path('.npmrc'));
    other.server.close();
  });

  it('that sends uploads on to another host gets none', async () => {
    const other = await serverThatSays(200);
    const asked: string[] = [];
    other.server.on('request', ({ method }) => asked.push(method ?? ''));
    const location = other.url.replace('127.0.0.1', 'localhost');
    const { server, url } = await serverThat((request, response) => {
      request.resume();
      response.writeHead(request.method === 'GET' ? 404 : 307, { location }).end();
    });
    for (const name of ['FABRICA_PYPI_URL', 'FABRICA_NPM_URL'])
      process.env[name] = withUser(url, { username: 'anna', password: address.pypi.password }).href;
    workspace.write('packages/ui/package.json', JSON.stringify({ name: '@acme/ui', version: '1.3.0' }));
    expect((await run(publish, 'packages/ui', {})).stderr).toMatch(/sends uploads on to localhost:\d+/);
    expect(await run(publish, 'packages/tools', {})).toMatchObject({
      success: false,
      stderr: expect.stringContaining('could not be uploaded'),
    });
    expect(asked).toEqual([]);
    for (const one of [server, other.server]) one.close();
  });

  it('are logged in to without a trace: in nothing that was printed, locked, cached or logged', () => {
    mkdirSync(join(home, 'said'));
    writeFileSync(join(home, 'said', 'all'), told.join('\n'));
    expect(told.join('\n').length).toBeGreaterThan(1000);
    rmSync(join(home, 'data'), { recursive: true });
    const forms = secrets.flatMap((secret) => ['-e', secret, '-e', encodeURIComponent(secret)]);
    const having = (...folders: string[]) =>
      spawnSync('grep', ['-rla', '--fixed-strings', ...forms, ...folders], { encoding: 'utf8' }).stdout;
    expect(having(company.root)).toContain('credentials.json');
    expect(having(workspace.root, home)).toBe('');
  });
});

/** A lock that pins the wheel that an index has. */
function pinned(version: string, index: Workspace): string {
  const [file = ''] = readdirSync(index.path('.fabrica/registries/pypi/packages')).filter((name) =>
    name.startsWith(`acme_tools-${version}-`),
  );
  const path = index.path(`.fabrica/registries/pypi/packages/${file}`);
  const [sha256] = execFileSync('sha256sum', [path], { encoding: 'utf8' }).split(' ');
  return `acme-tools==${version} \\\n    --hash=sha256:${sha256}\n`;
}

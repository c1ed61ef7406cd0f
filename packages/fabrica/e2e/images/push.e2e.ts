import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import image from '../../src/executors/image/executor';
import type { ImageRecord } from '../../src/images/record';
import { freePort } from '../../src/support/ports';
import {
  describeWithDocker,
  docker,
  prepareBikes,
  PROJECT,
  removeImagesOf,
  runReadOnly,
} from '../support/docker';
import { printed, Workspace, type Answer } from '../support/workspace';

jest.setTimeout(600_000);
process.env.NO_COLOR = '1';

const PASSWORD = 'open sesame for tests';
/** Of that password, as the registry wants it. */
const HASH = '$2b$04$sLd135Ejxwj2/Ii.eV335OK3CokqSWjKrVvIP83pMMab4Xuec46SS';

const isThere = spawnSync('registry', ['--version']).status === 0;

/** With the reference implementation of the OCI registry, which wants a password. */
describeWithDocker('an image that is pushed', () => {
  if (!isThere) return void it.skip('(there is no program "registry" here)', () => undefined);
  const workspace = new Workspace();
  const home = mkdtempSync(join(tmpdir(), 'fabrica-registry-'));
  const before = process.env.DOCKER_CONFIG;
  let server: ChildProcess;
  let host: string;
  let first: ImageRecord;

  const push = (options: object = {}): Promise<Answer> =>
    workspace.run(image, PROJECT, { json: true, push: true, ...options });
  const pushed = async (options?: object): Promise<ImageRecord> => {
    const { success, stdout, stderr } = await push(options);
    if (!success) throw new Error(stderr);
    return JSON.parse(stdout) as ImageRecord;
  };
  const refused = async (options?: object): Promise<string> => {
    const { success, stderr } = await push(options);
    expect([success, stderr.includes('    at ')]).toEqual([false, false]);
    return stderr;
  };
  const login = () =>
    spawnSync('docker', ['login', '--username', 'anna', '--password-stdin', host], {
      input: PASSWORD,
      env: process.env,
    });

  beforeAll(async () => {
    // Logging in must not change the configuration of who runs these tests; the builders are in it, too.
    const own = before ?? join(homedir(), '.docker');
    process.env.DOCKER_CONFIG = join(home, 'docker');
    if (existsSync(own)) cpSync(own, process.env.DOCKER_CONFIG, { recursive: true, filter: isNoCredential });
    ({ server, host } = await startRegistry(home));
    await prepareBikes(workspace);
    workspace.write(
      'nx.json',
      `{ "plugins": [{ "plugin": "fabrica/plugin", "options": { "images": { "registry": "${host}/science" } } }] }`,
    );
    workspace.commit('Where images go');
  });
  afterAll(async () => {
    server?.kill();
    removeImagesOf(workspace);
    process.env.DOCKER_CONFIG = before;
    if (before === undefined) delete process.env.DOCKER_CONFIG;
    await workspace.remove();
    rmSync(home, { recursive: true, force: true });
  });

  it('is refused without the password, with the command that gives it', async () => {
    expect(await refused()).toMatch(
      new RegExp(`error: the registry ${host} refuses us[\\s\\S]*\\n  try docker login ${host}`),
    );
  });

  it('has a digest, by which it is deployed', async () => {
    expect(login().status).toBe(0);
    first = await pushed();
    expect(first.reference).toMatch(new RegExp(`^${host}/science/bikes@sha256:[0-9a-f]{64}$`));
    docker('rmi', '--force', first.id);
    docker('pull', '--quiet', first.reference as string);
    expect(runReadOnly(first.reference as string, 'python', '-c', 'import bikes; print(bikes.ANSWER)')).toBe(
      '42',
    );
  });

  it('is there when it is pushed again', async () => {
    expect(await pushed()).toEqual(first);
    expect((await push({ json: false })).stderr).toContain('Push  already pushed: ');
  });

  it('must be committed', async () => {
    workspace.write(`${PROJECT}/src/bikes/more.py`, '');
    expect(await refused()).toMatch(
      /error: projects\/bikes is not committed as it is[\s\S]*try git add projects\/bikes/,
    );
    workspace.commit('More');
    expect((await pushed()).reference).not.toBe(first.reference);
  });

  it('never changes what a tag means', async () => {
    const tag = first.image.split(':')[1];
    expect(await refused({ tag })).toMatch(/error: \S+:0\.1\.0-\w+ is there with another image \(sha256:/);
  });

  it('needs a registry that answers', async () => {
    expect(await refused({ registry: `localhost:${await freePort()}/science` })).toMatch(
      /error: the registry localhost:\d+ does not answer as it should/,
    );
    workspace.write('nx.json', '{ "plugins": [{ "plugin": "fabrica/plugin" }] }');
    expect(await refused()).toMatch(
      /error: nx\.json: nothing says where images are pushed to\n {2}try in the options/,
    );
  });
});

function isNoCredential(path: string): boolean {
  return !path.endsWith('config.json');
}

async function startRegistry(home: string): Promise<{ server: ChildProcess; host: string }> {
  const host = `localhost:${await freePort()}`;
  mkdirSync(join(home, 'data'));
  writeFileSync(join(home, 'htpasswd'), `anna:${HASH}\n`);
  writeFileSync(
    join(home, 'registry.yml'),
    JSON.stringify({
      version: 0.1,
      storage: { filesystem: { rootdirectory: join(home, 'data') } },
      http: { addr: host },
      auth: { htpasswd: { realm: 'science', path: join(home, 'htpasswd') } },
    }),
  );
  const server = spawn('registry', ['serve', join(home, 'registry.yml')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await printed(server, 'listening on');
  return { server, host };
}

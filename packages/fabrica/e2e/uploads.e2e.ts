import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import publish from '../src/executors/publish/executor';
import { serverThat, Workspace } from './support/workspace';

jest.setTimeout(180_000);
process.env.NO_COLOR = '1';

const FILE = 'acme_tools-0.1.0-py3-none-any.whl';

type Upload = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
const answers =
  (status: number): Upload =>
  (request, response) =>
    void request.resume().on('end', () => response.writeHead(status).end());

/** An index whose uploads go as a test wants; `held` is the hash that it names for the wheel. */
class Index {
  held?: string;
  upload: Upload = answers(200);
  uploads = 0;
  private readonly server: Server = createServer((request, response) => {
    if (request.method === 'POST') {
      this.uploads++;
      return this.upload(request, response);
    }
    const link = this.held ? `<a href="${FILE}#sha256=${this.held}">${FILE}</a>` : '';
    response.writeHead(200, { 'content-type': 'text/html' }).end(link);
  });

  async start(): Promise<void> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    this.server.unref();
    const { port } = this.server.address() as AddressInfo;
    Object.assign(process.env, {
      FABRICA_PYPI_URL: `http://127.0.0.1:${port}/simple/`,
      FABRICA_PYPI_USERNAME: 'anna',
      FABRICA_PYPI_PASSWORD: 'pass-of-anna',
    });
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** What was released, and a registry that does not take it. */
describe('a release whose upload fails', () => {
  const workspace = new Workspace();
  let index: Index;
  let sha256: string;
  const run = () => workspace.run(publish, 'packages/tools', { released: true });

  beforeAll(async () => {
    workspace.package('tools');
    workspace.start();
    await workspace.run(publish, 'packages/tools', {});
    workspace.commit('release');
    const { files } = JSON.parse(workspace.read('packages/tools/releases/0.1.0.json')) as {
      files: Record<string, string>;
    };
    sha256 = files[FILE] as string;
  });
  beforeEach(async () => {
    index = new Index();
    await index.start();
  });
  afterEach(() => {
    index.stop();
    for (const name of ['URL', 'USERNAME', 'PASSWORD']) delete process.env[`FABRICA_PYPI_${name}`];
  });
  afterAll(() => workspace.remove());

  it.each<[string, Upload, string]>([
    ['refuses the password (401)', answers(401), 'refuses the password of anna (401)'],
    ['refuses the user (403)', answers(403), 'refuses the password of anna (403)'],
    ['has a conflict (409)', answers(409), `${FILE} could not be uploaded`],
    ['is broken (500)', answers(500), `${FILE} could not be uploaded`],
    [
      'breaks off in the middle',
      (request) => void request.once('data', () => request.socket.destroy()),
      `${FILE} could not be uploaded`,
    ],
  ])('says so when the registry %s, and is completed by the same command', async (_why, upload, said) => {
    index.upload = upload;
    const { success, stderr } = await run();
    expect([success, stderr]).toEqual([false, expect.stringContaining(said)]);
    expect(stderr).toContain('npx nx release publish');
    expect(stderr).not.toMatch(/\n\s+at |pass-of-anna/);

    index.upload = (request, response) => {
      index.held = sha256;
      answers(200)(request, response);
    };
    expect(await run()).toMatchObject({ success: true, stderr: expect.stringContaining('0.1.0: published') });
    const { uploads } = index;
    expect((await run()).stderr).toContain('already published');
    expect(index.uploads).toBe(uploads);
  });

  it.each([
    ['the same bytes: it is published', () => sha256, true, 'already published'],
    ['other bytes: it is refused', () => 'f'.repeat(64), false, 'with other bytes'],
  ])('because somebody else was faster, with %s', async (_what, held, success, said) => {
    index.upload = (request, response) => {
      index.held = held();
      answers(409)(request, response);
    };
    const answer = await run();
    expect(answer).toMatchObject({ success, stderr: expect.stringContaining(said) });
  });

  it('is not begun when the version is there with other bytes', async () => {
    index.held = 'f'.repeat(64);
    expect((await run()).stderr).toContain('with other bytes');
    expect(index.uploads).toBe(0);
  });

  it('and whose record is not committed has not ended', async () => {
    workspace.git('rm', '--quiet', '--cached', 'packages/tools/releases/0.1.0.json');
    workspace.git('commit', '-qm', 'without');
    expect((await run()).stderr).toMatch(/0\.1\.0\.json isn't committed[\s\S]*try npx nx release/);
  });
});

/** npm follows no other rules, but has a protocol of its own. */
describe('an npm package whose upload fails', () => {
  const workspace = new Workspace();
  const manifest = { name: '@acme/ui', version: '1.0.0' };
  let held: string | undefined;
  let upload: Upload;
  let stop: () => void;
  const run = () => workspace.run(publish, 'packages/ui', {});
  /** Keeps what it is sent, as a registry does. */
  const takes: Upload = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { versions } = JSON.parse(Buffer.concat(chunks).toString()) as {
      versions: Record<string, { dist: { integrity: string } }>;
    };
    held = versions['1.0.0']?.dist.integrity;
    response.writeHead(201).end('{}');
  };

  beforeAll(async () => {
    workspace.write('packages/ui/package.json', JSON.stringify(manifest));
    workspace.start();
    const { server, url } = await serverThat((request, response) => {
      if (request.method === 'PUT' && request.headers.authorization) return upload(request, response);
      if (request.method === 'PUT') return answers(401)(request, response);
      const versions = held ? { '1.0.0': { dist: { integrity: held } } } : {};
      response.writeHead(held ? 200 : 404).end(JSON.stringify({ versions }));
    });
    stop = () => {
      server.closeAllConnections();
      server.close();
    };
    Object.assign(process.env, {
      FABRICA_NPM_URL: url.replace('simple/', ''),
      FABRICA_NPM_TOKEN: 'token-of-anna',
      NPM_CONFIG_FETCH_RETRIES: '0',
    });
  });
  beforeEach(() => (held = undefined));
  afterAll(async () => {
    stop();
    for (const name of ['FABRICA_NPM_URL', 'FABRICA_NPM_TOKEN', 'NPM_CONFIG_FETCH_RETRIES'])
      delete process.env[name];
    await workspace.remove();
  });

  it.each<[string, Upload]>([
    ['refuses the token (401)', answers(401)],
    ['has a conflict (409)', answers(409)],
    ['is broken (500)', answers(500)],
    ['breaks off in the middle', (request) => void request.once('data', () => request.socket.destroy())],
  ])('says so when the registry %s, and is completed by the same command', async (_why, fails) => {
    upload = fails;
    const { success, stderr } = await run();
    expect([success, stderr]).toEqual([
      false,
      expect.stringContaining('@acme/ui 1.0.0 could not be published'),
    ]);
    expect(stderr).not.toMatch(/\n {4}at |token-of-anna/);
    upload = takes;
    expect(await run()).toMatchObject({ success: true, stderr: expect.stringContaining('1.0.0: published') });
    expect((await run()).stderr).toContain('already published');
  });

  it('because all of it had arrived is published', async () => {
    upload = async (request, response) => {
      await takes(request, { writeHead: () => ({ end: () => undefined }) } as unknown as ServerResponse);
      response.writeHead(500).end();
    };
    expect(await run()).toMatchObject({
      success: true,
      stderr: expect.stringContaining('already published'),
    });
  });

  it('because somebody else was faster, with other bytes, is refused', async () => {
    upload = (request, response) => {
      held = 'sha512-of-others';
      answers(409)(request, response);
    };
    expect((await run()).stderr).toContain('with other bytes');
  });
});

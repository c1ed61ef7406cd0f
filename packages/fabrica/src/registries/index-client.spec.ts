import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkIndex, filesOnIndex, hashOnIndex, versionsOnIndex } from './index-client';
import type { PypiRegistry } from './configuration';

let server: Server;
afterEach(() => new Promise((done) => server.close(done)));

/** An index that answers like this. */
async function index(listener: RequestListener): Promise<PypiRegistry> {
  server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/simple/`,
    publishUrl: '',
    username: 'anna',
    password: 'hunter2222',
    embedded: false,
  };
}

const HASH = 'a'.repeat(64);

test('versionsOnIndex reads wheels and archives of sources, oldest first', async () => {
  const names = [
    'a_b-1.10-py3-none-any.whl',
    'a_b-1.9-py3-none-any.whl',
    'a_b-1.9.tar.gz',
    'a-b-1.2rc1.zip',
    'a.exe',
  ];
  const registry = await index((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(names.map((name) => `<a href="/${name}">${name}</a>`).join('\n'));
  });
  expect(await versionsOnIndex(registry, 'a-b')).toEqual(['1.2rc1', '1.9', '1.10']);
});

describe('filesOnIndex', () => {
  it('reads pages and documents', async () => {
    const registry = await index((request, response) => {
      if (request.url === '/simple/a/') {
        response.setHeader('content-type', 'text/html');
        response.end(
          `<a class="x" href="../../files/a-1.0-py3-none-any.whl?x=1&amp;y=2#sha256=${HASH}">a-1.0-py3-none-any.whl</a>`,
        );
      } else {
        response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json');
        response.end(
          JSON.stringify({ files: [{ filename: 'b-1.0.tar.gz', url: '/b', hashes: { sha256: HASH } }] }),
        );
      }
    });
    const origin = new URL(registry.url).origin;
    expect(await filesOnIndex(registry, 'a')).toEqual([
      {
        name: 'a-1.0-py3-none-any.whl',
        url: `${origin}/files/a-1.0-py3-none-any.whl?x=1&y=2#sha256=${HASH}`,
        sha256: HASH,
      },
    ]);
    expect(await filesOnIndex(registry, 'b')).toEqual([
      { name: 'b-1.0.tar.gz', url: `${origin}/b`, sha256: HASH },
    ]);
  });

  it('finds nothing where the index knows nothing', async () => {
    const registry = await index((_request, response) => void response.writeHead(404).end());
    expect(await filesOnIndex(registry, 'a')).toEqual([]);
  });

  it('hashes a file itself when the index does not', async () => {
    const registry = await index((_request, response) => void response.end('wheel'));
    const url = new URL('/a.whl', registry.url).href;
    expect(await hashOnIndex(registry, { name: 'a.whl', url })).toBe(
      createHash('sha256').update('wheel').digest('hex'),
    );
  });
});

describe('an index that', () => {
  it('is down is named, with what to check', async () => {
    const registry = await index(() => undefined);
    await new Promise((done) => server.close(done));
    await expect(checkIndex(registry)).rejects.toMatchObject({
      code: 'registry-down',
      message: `the registry ${registry.url} does not answer (ECONNREFUSED)`,
      hint: expect.stringContaining('FABRICA_PYPI_URL'),
    });
  });

  it('refuses the password is named, without it', async () => {
    const registry = await index((_request, response) => void response.writeHead(401).end());
    const error = await checkIndex(registry).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'registry-refused',
      message: `the registry ${registry.url} refuses the password of anna (401)`,
      hint: expect.stringContaining('FABRICA_PYPI_PASSWORD'),
    });
    expect(JSON.stringify(error)).not.toContain('hunter2222');
  });

  it('is broken is named', async () => {
    const registry = await index((_request, response) => void response.writeHead(502).end());
    await expect(checkIndex(registry)).rejects.toMatchObject({ code: 'registry-broken' });
  });
});

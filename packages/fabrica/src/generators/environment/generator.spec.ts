import { FsTree } from 'nx/src/generators/tree';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { folderWith } from '../../workspace/testing/folder';
import { printed } from '../../workspace/testing/output';
import environmentGenerator from './generator';
import { KEYS, type EnvironmentGeneratorSchema } from './options';
import schema from './schema.json';

const FILE = 'environments/staging.yaml';
const STAGING = {
  name: 'staging',
  context: 'no-such-context',
  namespace: 'science',
  registry: 'localhost:1/science',
  store: 's3://artifacts/science',
};

const workspace = () =>
  new FsTree(folderWith({ 'nx.json': '{}', 'projects/bikes/fabrica.yaml': 'owner: me\n' }), false);

const generate = (tree: FsTree, options: Partial<EnvironmentGeneratorSchema> = {}) =>
  environmentGenerator(tree, { ...STAGING, check: false, ...options });

it('writes what it is given, and says what to type next', async () => {
  const tree = workspace();
  const callback = await generate(tree);
  expect(tree.read(FILE, 'utf8')).toMatch(/^# An environment of this workspace/);
  expect(tree.read(FILE, 'utf8')).toContain(
    'context: no-such-context\nnamespace: science\nregistry: localhost:1/science\nstore: s3://artifacts/science\n',
  );
  expect(await printed(() => callback?.())).toBe(
    '\nNext:\n  git add --all && git commit -m "Add the environment staging"\n' +
      '  npx nx run bikes:deploy --environment=staging\n',
  );
});

it('run again, it changes nothing; what a person wrote stays', async () => {
  const tree = workspace();
  await generate(tree);
  const mine = `${tree.read(FILE, 'utf8')}# ours\nquotas: { gpu: 1 }\n`;
  tree.write(FILE, mine);
  await generate(tree);
  expect(tree.read(FILE, 'utf8')).toBe(mine);
  await environmentGenerator(tree, { name: 'staging', check: false, namespace: 'other' });
  expect(tree.read(FILE, 'utf8')).toBe(mine.replace('namespace: science', 'namespace: other'));
});

it.each<[Partial<EnvironmentGeneratorSchema>, string]>([
  [{ name: 'local' }, 'local is this machine, and needs no file'],
  [{ name: 'Staging 1' }, "can't be the name of an environment"],
  [{ store: 'file:///tmp' }, 'store must be s3://<bucket>'],
  [{ context: undefined }, '--context=…'],
])('refuses %j, and writes nothing', async (options, message) => {
  const tree = workspace();
  await expect(generate(tree, options)).rejects.toThrow(message);
  expect(tree.exists(FILE)).toBe(false);
});

describe('asks each part', () => {
  let server: Server;
  const buckets: Record<string, number> = { '/artifacts': 403, '/broken': 503 };
  beforeAll(async () => {
    server = createServer(({ url = '' }, response) => response.writeHead(buckets[url] ?? 404).end());
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  afterAll(() => new Promise((closed) => server.close(closed)));

  async function refusal(store: string): Promise<string> {
    const tree = workspace();
    const { port } = server.address() as AddressInfo;
    tree.write(FILE, `variables: { AWS_ENDPOINT_URL: 'http://127.0.0.1:${port}' }\n`);
    const before = tree.read(FILE, 'utf8');
    const error = await generate(tree, { check: true, store }).catch((thrown: Error) => thrown);
    expect(tree.read(FILE, 'utf8')).toBe(before);
    return (error as Error).message;
  }

  it('says all that is wrong at once, a sentence each', async () => {
    const message = await refusal('s3://nothing/here');
    expect(message).toMatch(/kubectl has no context no-such-context|kubectl is not installed/);
    expect(message).toMatch(/the registry localhost:1 does not answer|Docker is not installed/);
    expect(message).toContain('the store s3://nothing/here answers, and has no bucket nothing');
    expect(message).not.toContain('namespace');
  });

  it('takes a store that wants credentials for one that is there, and no other', async () => {
    expect(await refusal('s3://artifacts/science')).not.toContain('the store');
    expect(await refusal('s3://broken')).toContain('the store s3://broken answers 503');
  });
});

test('schema.json says what the generator takes', () => {
  expect(Object.keys(schema.properties).sort()).toEqual(['check', 'name', ...KEYS].sort());
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redact } from '../support/secrets';
import { configuredNpm, configuredPypi, indexEnvironment } from './configuration';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fabrica-'));
  writeFileSync(join(root, 'nx.json'), '{}');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const nxJson = (registries: unknown): void =>
  writeFileSync(
    join(root, 'nx.json'),
    `{\n  // the company's\n  "plugins": ["other", ${JSON.stringify({ plugin: 'fabrica/plugin', options: { registries } })}]\n}`,
  );

describe('the registries of a company', () => {
  it('are none by default', () => {
    expect([configuredPypi(root, {}), configuredNpm(root, {})]).toEqual([undefined, undefined]);
  });

  it('are what nx.json says, credentials from the environment', () => {
    nxJson({ pypi: { url: 'https://pypi.example.com/simple' }, npm: { url: 'https://npm.example.com' } });
    const env = {
      FABRICA_PYPI_USERNAME: 'anna',
      FABRICA_PYPI_PASSWORD: 'hunter2222',
      FABRICA_NPM_TOKEN: 'tok-123456',
    };
    expect(configuredPypi(root, env)).toEqual({
      url: 'https://pypi.example.com/simple/',
      publishUrl: 'https://pypi.example.com/',
      username: 'anna',
      password: 'hunter2222',
      embedded: false,
    });
    expect(configuredNpm(root, env)).toEqual({
      url: 'https://npm.example.com/',
      token: 'tok-123456',
      embedded: false,
    });
    expect(redact('hunter2222 tok-123456')).toBe('*** ***');
  });

  it('can be named by the environment alone', () => {
    nxJson({ pypi: { url: 'https://pypi.example.com/simple/', publishUrl: 'https://upload.example.com/' } });
    const env = {
      FABRICA_PYPI_URL: 'https://bob:s3cr3t99@other.example.com/simple/',
      FABRICA_PYPI_PUBLISH_URL: 'https://up.example.com/',
    };
    expect(configuredPypi(root, env)).toEqual({
      url: 'https://other.example.com/simple/',
      publishUrl: 'https://up.example.com/',
      username: 'bob',
      password: 's3cr3t99',
      embedded: false,
    });
  });

  it('must be addresses, and nothing unknown', () => {
    nxJson({ pypi: { url: 'pypi.example.com' } });
    expect(() => configuredPypi(root, {})).toThrow(
      expect.objectContaining({ code: 'bad-value', place: { file: 'nx.json', line: 3 } }),
    );
    nxJson({ pipy: {} });
    expect(() => configuredPypi(root, {})).toThrow(/pipy/);
  });
});

test('uv gets the index by its environment, before those that are there', () => {
  const registry = {
    url: 'http://127.0.0.1:1/simple/',
    publishUrl: '',
    username: 'anna',
    password: 'hunter2222',
    embedded: true,
  };
  expect(indexEnvironment(registry, { UV_INDEX: 'mine=http://127.0.0.1:2/', HOME: '/h' })).toMatchObject({
    HOME: '/h',
    UV_INDEX: 'fabrica=http://127.0.0.1:1/simple/ mine=http://127.0.0.1:2/',
    UV_INDEX_FABRICA_USERNAME: 'anna',
    UV_INDEX_FABRICA_PASSWORD: 'hunter2222',
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatError } from '../support/errors';
import { redact } from '../support/secrets';
import { configuredNpm, configuredPypi, indexEnvironment, type NpmRegistry } from './configuration';
import { npmHeaders } from './npm';

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

  it('take a token in the place of the user, which is never shown', () => {
    const env = { FABRICA_PYPI_URL: 'https://tok-of-fury@pypi.example.com/acme/' };
    const registry = configuredPypi(root, env);
    expect(registry).toMatchObject({ url: 'https://pypi.example.com/acme/', username: 'tok-of-fury' });
    expect(redact(`tok-of-fury ${Buffer.from('tok-of-fury:').toString('base64')}`)).toBe('*** ***');
    expect(indexEnvironment(registry as NonNullable<typeof registry>, {})).toMatchObject({
      UV_INDEX_FABRICA_USERNAME: 'tok-of-fury',
      UV_INDEX_STRATEGY: 'first-index',
    });
  });

  it('may have their password in a keyring', () => {
    nxJson({ pypi: { url: 'https://aws@pypi.example.com/simple/', keyring: true } });
    expect(configuredPypi(root, {})).toMatchObject({ username: 'aws', keyring: true });
    expect(configuredPypi(root, { FABRICA_PYPI_PASSWORD: 'hunter2222' })?.keyring).toBeUndefined();
    nxJson({ pypi: { url: 'https://aws@pypi.example.com/simple/' } });
    expect(configuredPypi(root, { UV_KEYRING_PROVIDER: 'subprocess' })).toMatchObject({ keyring: true });
  });

  it('never have a password in nx.json', () => {
    nxJson({ pypi: { url: 'https://anna:hunter2222@pypi.example.com/simple/' } });
    expect(() => configuredPypi(root, {})).toThrow('must hold no password');
    expect(() => configuredPypi(root, {})).not.toThrow('hunter2222');
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

  it.each(['FABRICA_PYPI_URL', 'FABRICA_PYPI_PUBLISH_URL', 'FABRICA_NPM_URL'])(
    'is told when the scheme of %s is missing, without its password',
    (name) => {
      const told = (url: string): unknown => {
        const env = { FABRICA_PYPI_URL: 'https://pypi.example.com/simple/', [name]: url };
        try {
          return [configuredPypi(root, env), configuredNpm(root, env)];
        } catch (error) {
          return formatError(error);
        }
      };
      for (const url of ['localhost:8080/simple', 'pypi.example.com/simple', 'ftp://localhost:8080/simple'])
        expect(told(url)).toBe(
          `error: ${name} is ${url}: that is no address with http:// or https://\n` +
            `  try export ${name}=https://${url.replace('ftp://', '')}\n`,
        );
      expect(told('anna:hunter2222@localhost:8080/simple')).toBe(
        `error: ${name} is ***@localhost:8080/simple: that is no address with http:// or https://\n` +
          `  try export ${name}=https://***@localhost:8080/simple\n`,
      );
    },
  );

  it('may have their user and password in the address', () => {
    const env = {
      FABRICA_PYPI_URL: 'https://pypi.example.com/simple/',
      FABRICA_PYPI_PUBLISH_URL: 'https://cleo:upl0ad-it@up.example.com/',
      FABRICA_NPM_URL: 'http://anna:50%25-s3cret@npm.example.com',
    };
    expect(configuredNpm(root, env)).toEqual({
      url: 'http://npm.example.com/',
      username: 'anna',
      password: '50%-s3cret',
      embedded: false,
    });
    expect(configuredPypi(root, env)).toMatchObject({
      publishUrl: 'https://up.example.com/',
      username: 'cleo',
      password: 'upl0ad-it',
    });
    expect(npmHeaders(configuredNpm(root, env) as NpmRegistry)).toEqual({
      authorization: `Basic ${Buffer.from('anna:50%-s3cret').toString('base64')}`,
    });
    expect(redact('50%-s3cret')).toBe('***');
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

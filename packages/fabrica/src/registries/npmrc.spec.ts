import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redact } from '../support/secrets';
import { configuredNpm } from './configuration';
import { npmrcCredentials } from './npmrc';

const REGISTRY = 'https://npm.example.com/artifactory/api/npm/science/';

describe('.npmrc', () => {
  let root: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'fabrica-'));
    env = { NPM_CONFIG_USERCONFIG: join(root, 'of-the-person') };
    writeFileSync(join(root, 'nx.json'), '{}');
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const person = (text: string) => writeFileSync(join(root, 'of-the-person'), text);
  const credentials = () => npmrcCredentials(root, REGISTRY, env);

  it('has the token of a registry, also in a variable', () => {
    person(
      '; mine\nregistry=https://other.example.com/\n//npm.example.com/artifactory/api/npm/science/:_authToken = "tok-of-anna"\n',
    );
    expect(credentials()).toEqual({ token: 'tok-of-anna' });
    expect(redact('tok-of-anna')).toBe('***');
    person('//npm.example.com/:_authToken=${SCIENCE_TOKEN}\n');
    expect(npmrcCredentials(root, REGISTRY, { ...env, SCIENCE_TOKEN: 'tok-of-ci' })).toEqual({
      token: 'tok-of-ci',
    });
  });

  it('of the workspace wins, and so does the nearest folder', () => {
    person('//npm.example.com/:_authToken=far-away\n//npm.example.com/artifactory/:_authToken=near-by\n');
    expect(credentials()).toEqual({ token: 'near-by' });
    writeFileSync(join(root, '.npmrc'), '//npm.example.com/artifactory/:_authToken=of-the-workspace\n');
    expect(credentials()).toEqual({ token: 'of-the-workspace' });
  });

  it('may have a user and a password, in both of the ways of npm', () => {
    const password = 'hunter:2222';
    const basic = Buffer.from(`anna:${password}`).toString('base64');
    person(`//npm.example.com/:_auth=${basic}\n`);
    expect(credentials()).toEqual({ username: 'anna', password });
    person(
      `//npm.example.com/:username=anna\n//npm.example.com/:_password=${Buffer.from(password).toString('base64')}\n`,
    );
    expect(credentials()).toEqual({ username: 'anna', password });
    expect(redact(`${basic} ${password}`)).toBe('*** ***');
  });

  it('gives nothing to another registry, and less than the environment counts', () => {
    person('//npm.example.com.evil.example/:_authToken=tok-of-anna\n');
    expect(credentials()).toEqual({});
    person('//npm.example.com/:_authToken=tok-of-anna\n');
    const named = { ...env, FABRICA_NPM_URL: REGISTRY };
    expect(configuredNpm(root, named)).toMatchObject({ token: 'tok-of-anna' });
    expect(configuredNpm(root, { ...named, FABRICA_NPM_TOKEN: 'tok-of-env' })).toMatchObject({
      token: 'tok-of-env',
    });
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnvironment, readEnvironment } from './environment';
import { ENVIRONMENT_SCHEMA_FILE, environmentJsonSchema } from './environment-schema';
import { folderWith } from './testing/folder';

const LEAST =
  'context: here\nnamespace: science\nregistry: registry.example.com/science\nstore: s3://artifacts/science\n';

it('fills in what an environment leaves out', () => {
  expect(parseEnvironment('staging', LEAST)).toMatchObject({
    name: 'staging',
    variables: {},
    secrets: {},
    defaults: { cpu: '500m', memory: '1Gi', timeout: '24h', parallelism: 10, timeZone: 'UTC' },
    gpu: { resource: 'nvidia.com/gpu' },
    quotas: {},
  });
});

it.each([
  [
    LEAST.replace('s3://artifacts/science', 'file:///data'),
    'environments/staging.yaml:4:8: store must be s3://',
  ],
  [`${LEAST}warehouse: snowflake://me:hunter2@acme/db\n`, ':5:12: warehouse must hold no password'],
  [`${LEAST}namespaces: x\n`, ':5:1: unknown key "namespaces"; did you mean "namespace"?'],
  [LEAST.replace('namespace: science\n', ''), 'namespace is missing'],
  [`${LEAST}secrets: {TOKEN: abc}\n`, ':5:18: secrets.TOKEN must be a mapping'],
])('says where it is wrong: %j', (text, message) => {
  expect(() => parseEnvironment('staging', text)).toThrow(message);
});

describe('readEnvironment', () => {
  const root = folderWith({ 'environments/staging.yaml': LEAST });

  it('finds the file by its name', () => {
    expect(readEnvironment(root, 'staging').namespace).toBe('science');
  });

  it.each([
    ['stagin', 'there is no environment "stagin" (environments/stagin.yaml); did you mean "staging"?'],
    ['../staging', 'there is no environment "../staging"'],
    ['local', 'local is this machine'],
    [undefined, 'no environment is named'],
  ])('refuses %s', (name, message) => {
    expect(() => readEnvironment(root, name)).toThrow(message);
  });
});

/** `UPDATE_SCHEMAS=1 npx jest environment.spec` in packages/fabrica writes the file anew; then format it. */
it('the JSON schema of environments is the one that editors get', () => {
  const file = join(__dirname, '..', '..', ENVIRONMENT_SCHEMA_FILE);
  if (process.env.UPDATE_SCHEMAS)
    writeFileSync(file, JSON.stringify(environmentJsonSchema(), null, 2) + '\n');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(environmentJsonSchema());
});

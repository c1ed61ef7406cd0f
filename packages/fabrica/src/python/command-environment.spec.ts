import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandEnvironment, environmentStamp, STAMP } from '../../bin/shared.cjs';
import { folderWith } from '../workspace/testing/folder';

const ENV = join(__dirname, '..', '..', 'bin', 'env.cjs');
const REGISTRIES = ['FABRICA_PYPI_URL', 'FABRICA_PYPI_PASSWORD', 'FABRICA_NPM_URL', 'FABRICA_NPM_TOKEN'];
const NAMES = ['PYTHONHASHSEED', 'PYTHONDONTWRITEBYTECODE', 'PYTHONHOME', 'FABRICA_PROJECT', ...REGISTRIES];

/** A project whose Python prints some of the variables that it got. */
function project(): string {
  const root = folderWith({
    'nx.json': '{}',
    'projects/bikes/pyproject.toml': '',
    'projects/bikes/requirements-dev.txt': '',
  });
  const folder = join(root, 'projects/bikes');
  mkdirSync(join(folder, '.venv/bin'), { recursive: true });
  const print = NAMES.map((name) => `echo "${name}=\${${name}-unset}"`).join('\n');
  writeFileSync(join(folder, '.venv/bin/python'), `#!/bin/sh\n${print}\n`, { mode: 0o755 });
  writeFileSync(join(folder, '.venv', STAMP), JSON.stringify(environmentStamp(folder)));
  return folder;
}

function variables(command: string[], caller: NodeJS.ProcessEnv = {}): Record<string, string> {
  const text = execFileSync(process.execPath, [ENV, project(), '--', ...command], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONHASHSEED: '', ...caller },
  });
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => line.split('=') as [string, string]),
  );
}

const RUN = ['python', '-m', 'fabrica.pipelines', 'run'];

describe('the environment of a command', () => {
  it('has the store and the warehouse of the environment that FABRICA_ENVIRONMENT names', () => {
    const staging = { store: 'gs://models', warehouse: 'duckdb:///trips.duckdb' };
    const plugins = [{ plugin: 'fabrica/plugin', options: { environments: { staging } } }];
    const root = folderWith({ 'nx.json': `// the company's\n${JSON.stringify({ plugins })}` });
    const of = (env: NodeJS.ProcessEnv) => commandEnvironment(root, join(root, 'projects/bikes'), env);
    expect(of({})).toMatchObject({ FABRICA_STORE: join(root, '.fabrica/store') });
    expect(of({})).not.toHaveProperty('FABRICA_WAREHOUSE');
    expect(of({ FABRICA_ENVIRONMENT: 'staging' })).toMatchObject({
      FABRICA_STORE: 'gs://models',
      FABRICA_WAREHOUSE: 'duckdb:///trips.duckdb',
    });
    expect(of({ FABRICA_ENVIRONMENT: 'staging', FABRICA_STORE: '/mine' }).FABRICA_STORE).toBe('/mine');
    expect(() => of({ FABRICA_ENVIRONMENT: 'stagign' })).toThrow(/no environment of that name/);
  });

  it('shares the store of a cluster, which has a file of its own', () => {
    const root = folderWith({
      // A new workspace names the environments that it will have.
      'nx.json': JSON.stringify({
        plugins: [{ plugin: 'fabrica/plugin', options: { environments: { staging: {} } } }],
      }),
      'environments/staging.yaml': 'context: here\nstore: gs://models\n',
      'environments/broken.yaml': 'store: [\n',
    });
    const of = (name: string) =>
      commandEnvironment(root, join(root, 'projects/bikes'), { FABRICA_ENVIRONMENT: name });
    expect(of('staging')).toMatchObject({ FABRICA_STORE: 'gs://models', FABRICA_ENVIRONMENT: 'staging' });
    expect(() => of('broken')).toThrow('environments/broken.yaml is not right');
    expect(() => of('../staging')).toThrow(/no environment of that name/);
  });

  it('must exist: a word that is wrong is told, and nothing runs', () => {
    const ran = spawnSync(process.execPath, [ENV, project(), '--', ...RUN], {
      encoding: 'utf8',
      env: { ...process.env, FABRICA_ENVIRONMENT: 'stagign' },
    });
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toMatch(/^error: FABRICA_ENVIRONMENT is stagign, .*\n {2}try one of local; /);
  });

  it('is read from an nx.json as Nx allows it: comments, and commas after the last entry', () => {
    const root = folderWith({
      'nx.json': `{
  // ours, }
  "plugins": [
    { "plugin": "fabrica/plugin", "options": { "environments": { "local": { "store": "file:///a,}", }, }, }, /* all */ },
  ],
}`,
    });
    expect(commandEnvironment(root, join(root, 'projects/bikes'), {}).FABRICA_STORE).toBe('file:///a,}');
  });

  it.each([
    ['{\n  "plugins": [\n    { "plugin" "fabrica/plugin" }\n  ]\n}\n', 3],
    ['{\n  "plugins": [],\n  "x": }\n', 3],
    ['{\n  "plugins": [\n', 2],
    ['{ "plugins": [] }\n}\n', 2],
    ['{\n  // why,\n  plugins: []\n}\n', 3],
  ])('is not read from an nx.json that is wrong, which is told with its line: %j', (text, line) => {
    const folder = project();
    writeFileSync(join(folder, '../../nx.json'), text);
    const ran = spawnSync(process.execPath, [ENV, folder, '--', ...RUN], { encoding: 'utf8' });
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toMatch(
      new RegExp(`^error: nx\\.json:${line}: this is not JSON: .+\n  try correct nx\\.json there\n$`),
    );
    expect(ran.stderr).not.toMatch(/position/);
  });

  it('is made anew when the lock of production is gone', () => {
    const folder = project();
    writeFileSync(join(folder, 'requirements.txt'), '');
    const before = environmentStamp(folder).inputs;
    rmSync(join(folder, 'requirements.txt'));
    expect(environmentStamp(folder).inputs).not.toBe(before);
  });

  it('fixes the order of hashes for runs alone, unless the caller fixed another', () => {
    expect(variables(RUN).PYTHONHASHSEED).toBe('0');
    expect(variables(RUN, { PYTHONHASHSEED: 'random' }).PYTHONHASHSEED).toBe('0');
    expect(variables(RUN, { PYTHONHASHSEED: '7' }).PYTHONHASHSEED).toBe('7');
    expect(variables(['python', '-m', 'fabrica.serving', 'serve']).PYTHONHASHSEED).toBe('');
    expect(variables(['python', '-m', 'pytest']).PYTHONHASHSEED).toBe('');
  });

  it('holds no secret of a registry: neither tests, pipelines nor services need one', () => {
    const caller = Object.fromEntries(REGISTRIES.map((name) => [name, 'https://anna:s3cret@example.com/']));
    for (const command of [['python', '-m', 'pytest'], RUN, ['python', '-m', 'fabrica.serving', 'serve']])
      expect(variables(command, caller)).toMatchObject(
        Object.fromEntries(REGISTRIES.map((name) => [name, 'unset'])),
      );
    expect(JSON.stringify(commandEnvironment('/w', '/w/projects/bikes', caller))).not.toContain('s3cret');
  });

  it("does not take over what would mislead or slow the environment's Python", () => {
    const caller = { PYTHONDONTWRITEBYTECODE: '1', PYTHONHOME: '/nowhere' };
    expect(variables(RUN, caller)).toMatchObject({
      PYTHONDONTWRITEBYTECODE: 'unset',
      PYTHONHOME: 'unset',
      FABRICA_PROJECT: 'bikes',
    });
    expect(commandEnvironment('/w', '/w/projects/bikes', caller)).not.toHaveProperty(
      'PYTHONDONTWRITEBYTECODE',
    );
  });
});

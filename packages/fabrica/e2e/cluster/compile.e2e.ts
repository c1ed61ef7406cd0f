import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import compile from '../../src/executors/compile/executor';
import lock from '../../src/executors/lock/executor';
import type { Manifest } from '../../src/cluster/release';
import { prepare, PROJECT } from '../support/rides';
import { Workspace } from '../support/workspace';

jest.setTimeout(300_000);
process.env.NO_COLOR = '1';

const ENVIRONMENT = `context: staging
namespace: science
registry: registry.example.com/science
store: s3://artifacts/science
secrets: { SLACK_URL: { secret: slack, key: url } }
quotas: { memory: 8Gi }
`;
const SETTINGS = `owner: me
pipelines:
  train:
    schedule: { cron: '0 4 * * *', timeZone: Europe/Zurich }
environments:
  staging:
    pipelines:
      train:
        each: { borough: [Queens] }
        parameters: { minutes: 12.5 }
        resources: { train: { memory: 4Gi, retries: 1 } }
`;
const IMAGE = `registry.example.com/science/rides@sha256:${'0'.repeat(64)}`;
const FOLDER = `${PROJECT}/dist/staging`;

const workspace = new Workspace();
afterAll(() => workspace.remove());

const run = (options: object = {}) =>
  workspace.run(compile, PROJECT, { environment: 'staging', image: IMAGE, ...options });

function manifest(file: string, kind: string): Manifest {
  const documents = parseAllDocuments(workspace.read(`${FOLDER}/${file}`));
  return documents.map((one) => one.toJS() as Manifest).find((one) => one.kind === kind) as Manifest;
}

beforeAll(async () => {
  await prepare(workspace);
  workspace.write('environments/staging.yaml', ENVIRONMENT);
  workspace.write(`${PROJECT}/fabrica.yaml`, SETTINGS);
});

describe('compile', () => {
  it('wants a driver for the store in the lock', async () => {
    const { success, stderr } = await run();
    expect(success).toBe(false);
    expect(stderr).toContain('requirements.txt has no s3fs to reach it');
    const manifest = `${PROJECT}/pyproject.toml`;
    workspace.write(
      manifest,
      workspace.read(manifest).replace('"fabrica-pipelines', '"s3fs",\n  "fabrica-pipelines'),
    );
    const locked = await workspace.run(lock, PROJECT, {});
    expect([locked.success, locked.success ? '' : locked.stderr]).toEqual([true, '']);
  });

  it('writes what the code and the settings of the environment say', async () => {
    const answer = await run();
    expect([answer.success, answer.success ? '' : answer.stderr]).toEqual([true, '']);
    expect(answer.stdout).toContain('npx nx run rides:diff --environment=staging');
    const { spec } = manifest('pipeline-train.yaml', 'WorkflowTemplate');
    expect(spec).toMatchObject({
      arguments: {
        parameters: [
          { name: 'minutes', value: '12.5' },
          { name: 'borough', value: '["Queens"]' },
          { name: 'fabrica-chunks', value: '1' },
          { name: 'fabrica-run' },
          { name: 'fabrica-trigger' },
        ],
      },
      templateDefaults: { container: { image: IMAGE } },
    });
    const { templates } = spec as { templates: { name: string }[] };
    expect(templates.map(({ name }) => name)).toEqual([
      'run',
      'open',
      'each-train',
      'train',
      'measure',
      'gate',
      'close',
    ]);
    expect(templates.find(({ name }) => name === 'train')).toMatchObject({
      container: { resources: { limits: { memory: '4Gi' } } },
      retryStrategy: { expression: expect.stringContaining('asInt(retries) < 1') as string },
    });
    expect(manifest('pipeline-train.yaml', 'CronWorkflow').spec).toMatchObject({
      timezone: 'Europe/Zurich',
    });
    expect(manifest('service.yaml', 'Deployment')).toBeDefined();
  });

  it('writes the same bytes again', async () => {
    const { stdout } = await run({ json: true });
    const { files } = JSON.parse(stdout) as { files: { outcome: string }[] };
    expect(new Set(files.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']));
  });

  it('names the line of a step that asks for too much, and writes nothing', async () => {
    const before = workspace.read(`${FOLDER}/pipeline-train.yaml`);
    workspace.write(`${PROJECT}/fabrica.yaml`, SETTINGS.replace('4Gi', '64Gi'));
    const { success, stderr } = await run();
    expect(success).toBe(false);
    expect(stderr).toContain(
      `${PROJECT}/src/rides/pipelines/train.py:8: step train asks for 64Gi of memory, more than one pod may have in staging`,
    );
    expect(workspace.read(`${FOLDER}/pipeline-train.yaml`)).toBe(before);
  });

  it('refuses an environment that is not there', async () => {
    const { stderr } = await run({ environment: 'stagign' });
    expect(stderr).toContain('did you mean "staging"?');
    expect(existsSync(join(workspace.root, `${PROJECT}/dist/stagign`))).toBe(false);
  });
});

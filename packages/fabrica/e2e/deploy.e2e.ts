import { readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import deploy from '../src/executors/deploy/executor';
import logs from '../src/executors/logs/executor';
import status from '../src/executors/status/executor';
import stop from '../src/executors/stop/executor';
import { freePort } from '../src/support/ports';
import { listProcesses } from '../src/support/processes';
import { deployIn, PIPELINE, predict, prepare, PROJECT, SERVICE, type Document } from './support/rides';
import { ended, printed, Workspace } from './support/workspace';

jest.setTimeout(300_000);
process.env.NO_COLOR = '1';

/** One workspace for all: what a deploy leaves is what the next one finds. */
const workspace = new Workspace();
afterAll(() => workspace.remove());

const deployed = (options?: object): Promise<Document> => deployIn(workspace, options);

const outcomes = (document: Document): Record<string, string> =>
  Object.fromEntries(document.runs[0]?.verdicts.map(({ value, outcome }) => [value, outcome]) ?? []);

const TRAIN = `${PROJECT}/src/rides/pipelines/train.py`;

let first: Document;

beforeAll(async () => {
  await prepare(workspace);
  first = await deployed();
});

describe('deploy', () => {
  it('ends with a served model and a command that works when it is pasted', () => {
    expect(outcomes(first)).toEqual({ Manhattan: 'promoted', Queens: 'promoted' });
    expect(first.service.outcome).toBe('started');
    expect(predict(first.service.curl)).toMatchObject({ prediction: 10, models: { model: { version: 1 } } });
  });

  it('says what is unchanged when it is run again', async () => {
    const again = await workspace.run(deploy, PROJECT, {});
    expect(again.stdout).toContain('Unchanged: packages, environment, products, release, service.');
    expect(again.stdout).toMatch(
      /borough +rides +mae of candidate +of production +verdict +serving +reason\nManhattan +60 +2\.00 +2\.00 +unchanged +v1/,
    );
    expect(again.stdout).toContain('npx nx run rides:status');
    expect(again.stdout).toMatch(/npx nx run rides:deploy --set minutes=20 /);
    const document = await deployed();
    expect([document.service.pid, document.service.address]).toEqual([
      first.service.pid,
      first.service.address,
    ]);
  });

  it('replaces the champion for better settings, and keeps it for worse, in the same service', async () => {
    const better = await deployed({ set: ['minutes=11.5'] });
    expect(outcomes(better)).toEqual({ Manhattan: 'promoted', Queens: 'promoted' });
    expect(predict(better.service.curl)).toMatchObject({
      prediction: 11.5,
      models: { model: { version: 2 } },
    });
    const worse = await deployed({ set: 'minutes=100' });
    expect(outcomes(worse)).toEqual({ Manhattan: 'kept', Queens: 'kept' });
    expect(predict(worse.service.curl).prediction).toBe(11.5);
    expect([better.service.pid, worse.service.pid]).toEqual([first.service.pid, first.service.pid]);
  });

  it('serves what went well when a value fails, and says how to go on', async () => {
    const answer = await workspace.run(deploy, PROJECT, { set: 'minutes=-1' });
    expect(answer.success).toBe(false);
    expect(answer.stdout).toMatch(/Queens .* failed/);
    expect(answer.stderr).toMatch(
      /part of train \(run \S+\) failed: those values are served as before\n {2}try npx nx run rides:deploy --set=minutes=-1, after mending/,
    );
    expect(predict(first.service.curl).prediction).toBe(11.5);
  });

  it('keeps the old service when the new one does not start, and names the place', async () => {
    workspace.write(`${PROJECT}/src/rides/service.py`, `${SERVICE}\nraise RuntimeError("no luck")\n`);
    const failed = await workspace.run(deploy, PROJECT, {});
    expect(failed.success).toBe(false);
    expect(failed.stderr).toContain(
      `does not start; ${first.release.id} keeps serving at ${first.service.address}`,
    );
    expect(failed.stderr).toMatch(/projects\/rides\/src\/rides\/service\.py:\d+: RuntimeError: no luck/);
    expect(predict(first.service.curl).prediction).toBe(11.5);
    workspace.write(`${PROJECT}/src/rides/service.py`, SERVICE);
    expect((await deployed()).service).toMatchObject({ outcome: 'unchanged', pid: first.service.pid });
  });

  it('says where a file belongs that a service reads from data/, which no release holds', async () => {
    workspace.write(`${PROJECT}/src/rides/service.py`, `${SERVICE}\nRIDES = pd.read_csv("data/rides.csv")\n`);
    const failed = await workspace.run(deploy, PROJECT, {});
    workspace.write(`${PROJECT}/src/rides/service.py`, SERVICE);
    expect(failed.stderr).toContain(
      'try mv the file below src/rides, and read it from Path(__file__).parent: a release holds src alone, not data/',
    );
    expect(predict(first.service.curl).prediction).toBe(11.5);
    expect((await deployed()).service.pid).toBe(first.service.pid);
  });

  it('rolls over to changed code on the same address', async () => {
    workspace.write(`${PROJECT}/src/rides/service.py`, SERVICE.replace('model[0]', 'model[0] + 1'));
    const next = await deployed();
    expect(next.service).toMatchObject({
      outcome: 'rolled over',
      pid: first.service.pid,
      address: first.service.address,
    });
    expect(predict(next.service.curl).prediction).toBe(12.5);
  });

  it('stops at a mistake in the plan before it runs anything', async () => {
    workspace.write(TRAIN, PIPELINE.replace('model: list[float])', 'modle: list[float])'));
    const failed = await workspace.run(deploy, PROJECT, {});
    workspace.write(TRAIN, PIPELINE);
    expect(failed).toMatchObject({
      success: false,
      stderr: expect.stringMatching(/pipeline train of rides has no plan[\s\S]*train\.py:\d+: /),
    });
    expect(failed.stderr).not.toContain('Traceback');
  });

  it('refuses a lock that no longer fits, and a pipeline that is not there', async () => {
    const pyproject = workspace.read(`${PROJECT}/pyproject.toml`);
    workspace.write(
      `${PROJECT}/pyproject.toml`,
      pyproject.replace('  "fabrica-serving', '  "six",\n  "fabrica-serving'),
    );
    expect((await workspace.run(deploy, PROJECT, {})).stderr).toMatch(
      /pyproject\.toml:\d+: six is not in requirements\.txt\n {2}try npx nx run rides:lock/,
    );
    workspace.write(`${PROJECT}/pyproject.toml`, pyproject);
    expect((await workspace.run(deploy, PROJECT, { pipeline: 'tain' })).stderr).toMatch(
      /rides has no pipeline tain\n {2}try npx nx run rides:deploy --pipeline=train/,
    );
  });
});

describe('what runs', () => {
  it('is shown by status, with the model versions that serve', async () => {
    const shown = await workspace.run(status, PROJECT, { json: true });
    expect(JSON.parse(shown.stdout)).toMatchObject({
      registries: [{ kind: 'pypi', state: 'running' }, { kind: 'npm' }],
      service: {
        address: first.service.address,
        pid: first.service.pid,
        serving: expect.arrayContaining([
          expect.objectContaining({ value: 'Queens', champion: expect.objectContaining({ version: 2 }) }),
        ]),
      },
    });
    const text = await workspace.run(status, PROJECT, {});
    expect(text.stdout).toMatch(/model +Queens +Queens +2/);
    expect((await workspace.run(logs, PROJECT, { lines: 200 })).stdout).toContain('champion loaded');
  });

  it('is ended by Ctrl-C in the middle of a deploy, which leaves the service and nothing half done', async () => {
    const slow = PIPELINE.replace(
      '    return [minutes]',
      '    import time; time.sleep(600)\n    return [minutes]',
    );
    workspace.write(TRAIN, slow);
    const child = workspace.spawn('deploy', PROJECT, {});
    const end = ended(child);
    await printed(child, 'of rides train');
    while (!listProcesses(workspace.root, ({ kind }) => kind === 'run').length)
      await new Promise((next) => setTimeout(next, 20));
    child.kill('SIGINT');
    const { code, output } = await end;
    expect(code).toBe(130);
    expect(output).toContain(`serves at ${first.service.address}; what was done is not made again`);
    expect(output).toContain('try npx nx run rides:deploy\n');
    workspace.write(TRAIN, PIPELINE);
    expect(
      listProcesses(workspace.root)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['registry-pypi', 'service-rides']);
    expect(readdirSync(workspace.path('.fabrica/tmp'))).toEqual([]);
    expect(predict(first.service.curl).prediction).toBe(12.5);
  });

  it('is ended by stop, with all that it started; the next deploy takes another port when the old one is taken', async () => {
    const stopped = await workspace.run(stop, PROJECT, {});
    expect(stopped.stdout).toContain(`Stopped service (pid ${first.service.pid}`);
    expect(listProcesses(workspace.root, ({ project }) => project === 'rides')).toEqual([]);
    await expect(fetch(first.service.address)).rejects.toThrow();
    expect((await workspace.run(stop, PROJECT, {})).stdout).toBe('Nothing of rides is running.\n');
    const shown = await workspace.run(status, PROJECT, {});
    expect(shown.stdout).toContain('No service of rides is running; npx nx run rides:deploy starts it.');
    expect(shown.stdout).toMatch(
      /model +value +champion +since +by +reason\nmodel +Manhattan +2 .*smaller error/,
    );
    const other = createServer();
    await new Promise<void>((done) =>
      other.listen(Number(new URL(first.service.address).port), '127.0.0.1', done),
    );
    try {
      const next = await workspace.run(deploy, PROJECT, {});
      const { port } = new URL(first.service.address);
      expect(next.stderr).toMatch(
        new RegExp(`Service {2}started, healthy at \\S+ \\(port ${port} is in use\\)`),
      );
      const { service } = await deployed();
      expect(service.address).not.toBe(first.service.address);
      expect(predict(service.curl).prediction).toBe(12.5);
    } finally {
      other.close();
    }
  });

  it('goes to the port that fabrica.yaml names, and to that of --port before it', async () => {
    const before = await deployed();
    const [named, asked] = [await freePort(), await freePort()];
    workspace.write(`${PROJECT}/fabrica.yaml`, `owner: acme\nservice: { port: ${named} }\n`);
    const answer = await workspace.run(deploy, PROJECT, {});
    expect(answer.stderr).toContain(
      `Service  moved from ${before.service.address}, healthy at http://127.0.0.1:${named}`,
    );
    await expect(fetch(before.service.address)).rejects.toThrow();
    const moved = await deployed({ port: asked });
    expect(moved.service).toMatchObject({
      outcome: 'moved',
      address: `http://127.0.0.1:${asked}`,
      former: `http://127.0.0.1:${named}`,
    });
    expect(predict(moved.service.curl).prediction).toBe(12.5);
    // A port that somebody else has is not worth a restart.
    const other = createServer();
    await new Promise<void>((done) => other.listen(named, '127.0.0.1', done));
    try {
      const stays = await workspace.run(deploy, PROJECT, {});
      expect(stays.stderr).toContain(
        `Service  unchanged, healthy at http://127.0.0.1:${asked} (port ${named} is in use)`,
      );
    } finally {
      other.close();
      workspace.write(`${PROJECT}/fabrica.yaml`, 'owner: acme\n');
    }
  });

  it('is found again and mended after a kill -9 of the supervisor', async () => {
    const { service } = await deployed();
    process.kill(service.pid, 'SIGKILL');
    const next = await deployed();
    expect(next.service).toMatchObject({ outcome: 'started' });
    expect(predict(next.service.curl).prediction).toBe(12.5);
  });

  it('takes what one pipeline promoted although the next failed, and the deploy says so', async () => {
    const before = await deployed();
    const score = `${PROJECT}/src/rides/pipelines/score.py`;
    workspace.write(
      score,
      'from fabrica.pipelines import step\n\n@step("scores")\ndef score() -> list[float]:\n    raise ValueError("no rides")\n',
    );
    // Another value of the parameter of train, without one that score doesn't know.
    workspace.write(TRAIN, PIPELINE.replace('minutes: float = 10.0', 'minutes: float = 11.9'));
    const failed = await workspace.run(deploy, PROJECT, {});
    workspace.write(TRAIN, PIPELINE);
    rmSync(workspace.path(score));
    expect(failed.success).toBe(false);
    expect(failed.stderr).toMatch(
      /pipeline score failed \(run \S+\); no code was deployed, but before that model of Manhattan version \d+, model of Queens version \d+ became champion, which a running service serves by itself/,
    );
    expect(failed.stderr).not.toContain('what served before still serves');
    const again = await deployed();
    expect(again.service).toMatchObject({ outcome: 'unchanged', pid: before.service.pid });
    expect(predict(again.service.curl).prediction).toBe(12.9);
  });
});

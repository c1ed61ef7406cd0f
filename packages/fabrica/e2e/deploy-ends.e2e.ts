import { readdirSync, rmSync } from 'node:fs';
import { processIdentity } from '../bin/shared.cjs';
import status from '../src/executors/status/executor';
import stop from '../src/executors/stop/executor';
import { isRunning, listProcesses, type ProcessRecord } from '../src/support/processes';
import { deployIn, PIPELINE, predict, prepare, PROJECT, SERVICE } from './support/rides';
import { ended, Workspace } from './support/workspace';

jest.setTimeout(300_000);
process.env.NO_COLOR = '1';

const workspace = new Workspace();
beforeAll(() => prepare(workspace));
afterAll(() => workspace.remove());
afterEach(async () => {
  workspace.write(TRAIN, PIPELINE);
  workspace.write(CODE, SERVICE);
  await workspace.run(stop, PROJECT, {});
});

const TRAIN = `${PROJECT}/src/rides/pipelines/train.py`;
const CODE = `${PROJECT}/src/rides/service.py`;

/** Waits until something is so, for as long as the test may take. */
async function until<T>(check: () => T | undefined): Promise<T> {
  for (;;) {
    const answer = check();
    if (answer) return answer;
    await new Promise((next) => setTimeout(next, 20));
  }
}

const running = (...kinds: string[]): ProcessRecord[] =>
  listProcesses(workspace.root, ({ kind, project }) => project === 'rides' && kinds.includes(kind));

/** Each phase of a deploy, held up by the project's own code. */
const PHASES = {
  run: () =>
    workspace.write(TRAIN, PIPELINE.replace('    return [minutes]', '    import time; time.sleep(600)')),
  service: () => workspace.write(CODE, `${SERVICE}\nimport time; time.sleep(600)\n`),
};

describe('a deploy whose Nx is killed', () => {
  it.each(['run', 'service'] as const)('during its phase "%s" ends what it does', async (phase) => {
    PHASES[phase]();
    const { nx, pid } = await workspace.spawnBelowNx('deploy', PROJECT, {});
    await until(() => running(phase).length > 0);
    nx.kill('SIGKILL');
    await until(() => processIdentity(pid) === undefined);
    expect(running('run', 'service', 'deploy')).toEqual([]);
    const shown = await workspace.run(stop, PROJECT, {});
    expect(shown.stdout).toBe('Nothing of rides is running.\n');
    workspace.write(TRAIN, PIPELINE);
    workspace.write(CODE, SERVICE);
    const { service } = await deployIn(workspace);
    expect(service.outcome).toBe('started');
    expect(predict(service.curl).prediction).toBe(10);
  });

  it('together with it leaves what stop ends, at any moment', async () => {
    PHASES.service();
    const { nx, pid } = await workspace.spawnBelowNx('deploy', PROJECT, {});
    const [supervisor] = (await until(() => running('service').length > 0 && running('service'))) as [
      ProcessRecord,
    ];
    nx.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await until(() => processIdentity(pid) === undefined);
    const stopped = await workspace.run(stop, PROJECT, {});
    expect(stopped.stdout).toContain(`Stopped service (pid ${supervisor.pid}`);
    expect(isRunning(supervisor)).toBe(false);
  });
});

describe('a deploy that is under way', () => {
  it.each(['run', 'service'] as const)('is ended by stop during its phase "%s"', async (phase) => {
    PHASES[phase]();
    const { nx, pid } = await workspace.spawnBelowNx('deploy', PROJECT, { pipeline: 'train' });
    const end = ended(nx);
    await until(() => running(phase).length > 0);
    const shown = await workspace.run(status, PROJECT, {});
    expect(shown.stdout).toMatch(new RegExp(`deploy +${pid} .* nx run rides:deploy --pipeline=train`));
    const stopped = await workspace.run(stop, PROJECT, {});
    expect(stopped.stdout).toBe(`Stopped deploy (pid ${pid})\n`);
    expect(await end).toMatchObject({
      code: 143,
      output: expect.stringMatching(
        /ended by SIGTERM; nothing serves; what was done is not made again\n {2}try npx nx run rides:deploy --pipeline=train\n/,
      ),
    });
    expect(processIdentity(pid)).toBeUndefined();
    expect(running('run', 'service', 'deploy')).toEqual([]);
  });
});

describe('a service that nobody noted', () => {
  /** As if the deploy had been killed before it could write the note. */
  const forget = (): void => {
    const folder = workspace.path('.fabrica/processes');
    for (const name of readdirSync(folder)) if (name.startsWith('service-')) rmSync(`${folder}/${name}`);
  };

  it('is shown by status, rolled over by deploy, and ended by stop', async () => {
    const { service } = await deployIn(workspace);
    forget();
    const shown = await workspace.run(status, PROJECT, { json: true });
    expect(JSON.parse(shown.stdout)).toMatchObject({ service: { pid: service.pid } });
    forget();
    workspace.write(CODE, SERVICE.replace('model[0]', 'model[0] + 1'));
    const next = await deployIn(workspace);
    expect(next.service).toMatchObject({ outcome: 'rolled over', pid: service.pid });
    expect(predict(next.service.curl).prediction).toBe(11);
    forget();
    const stopped = await workspace.run(stop, PROJECT, {});
    expect(stopped.stdout).toContain(`Stopped service (pid ${service.pid}`);
    expect(processIdentity(service.pid)).toBeUndefined();
  });
});

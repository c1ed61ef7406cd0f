import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import deploy, { type DeployOptions } from '../../src/executors/deploy/executor';
import logs from '../../src/executors/logs/executor';
import rollback from '../../src/executors/rollback/executor';
import status from '../../src/executors/status/executor';
import type { ClusterDocument } from '../../src/executors/status/cluster';
import { hasEnded, nodesOf, runOf, type Workflow } from '../../src/cluster/runs/objects';
import undeploy from '../../src/executors/undeploy/executor';
import { Cluster, describeWithCluster, PROJECT } from '../support/cluster';
import { startRequests, type Requests } from '../support/requests';
import {
  doorToApiServer,
  kubeconfigOf,
  kubeconfigOfNobody,
  runPipeline,
  submitRun,
  until,
} from '../support/release';
import { Started, startPython } from '../support/started';
import { ended, printed, Workspace, type Answer } from '../support/workspace';

jest.setTimeout(300_000);
process.env.NO_COLOR = '1';

const TRAIN = `
from fabrica.pipelines import Metrics, Verdict, keep, promote, step

gate = {"model": "model", "metrics": "metrics"}

@step("model", reads=["data/rides.csv"])
def train(minutes: float = 10.0) -> list[float]:
    return [minutes] if minutes < 50 else []

@step("metrics")
def measure(model: list[float]) -> dict[str, float]:
    return {"rides": 60.0, "mae": abs((model or [12.0])[0] - 12.0)}

def better(candidate: Metrics, production: Metrics | None) -> Verdict:
    if production is None or candidate["mae"] < production["mae"]:
        return promote("smaller error", metric="mae")
    return keep("larger error", metric="mae")
`;
const CLEAN = `
from fabrica.pipelines import step

@step("cleaned", reads=["data/rides.csv"])
def clean() -> list[float]:
    return [1.0]
`;
/** Its data comes into a bucket; the name of the newest partition says how long rides take. */
const DAILY = `
from fabrica.pipelines import Metrics, Verdict, promote, step

gate = {"model": "model", "metrics": "metrics"}

@step("newest")
def look() -> str:
    import s3fs
    return max(s3fs.S3FileSystem().ls("artifacts/rides")).rpartition("/")[2]

@step("model")
def train(newest: str) -> list[float]:
    return [float(newest)]

@step("metrics")
def measure(model: list[float]) -> dict[str, float]:
    return {"rides": 60.0, "mae": abs(model[0] - 12.0)}

def better(candidate: Metrics, production: Metrics | None) -> Verdict:
    return promote("newer data", metric="mae")
`;
const YEARLY = '0 0 1 1 *';
const SETTINGS = `owner: acme
pipelines:
  daily: { schedule: { cron: '${YEARLY}', when: new-data }, trigger: true }
`;
const service = (answer: string, first = '') => `
import pandas as pd
from pydantic import Field
from fabrica.serving import Champion, Frame, Input, Series

${first}

class Ride(Input):
    distance: float = Field(ge=0, examples=[2.5])

def predict(rides: Frame[Ride], model: Champion[list[float]]) -> Series[float]:
    return pd.Series([${answer}] * len(rides), rides.index, dtype=float)
`;
const SERVICE = `${PROJECT}/src/rides/service.py`;
const CANCELLED = 'cancelled; release 6 is applied, at least in part, and rolls out by itself';

/** One project goes through its life while requests come in all the time. */
describeWithCluster('a project in a cluster', () => {
  const workspace = new Workspace();
  let cluster: Cluster;
  let requests: Requests;
  let log: Started;

  const run = (options: Partial<DeployOptions> = {}): Promise<Answer> =>
    workspace.run(deploy, PROJECT, { environment: 'staging', ...options });
  const spawn = (env?: NodeJS.ProcessEnv): ChildProcess =>
    workspace.spawn('deploy', PROJECT, { environment: 'staging' }, env);
  const refused = async (options?: Partial<DeployOptions>): Promise<string> => {
    const { success, stderr } = await run(options);
    expect([success, stderr.includes('    at ')]).toEqual([false, false]);
    return stderr;
  };
  const read = async (): Promise<ClusterDocument> => {
    const { success, stdout, stderr } = await workspace.run(status, PROJECT, {
      environment: 'staging',
      json: true,
    });
    if (!success) throw new Error(stderr);
    return JSON.parse(stdout) as ClusterDocument;
  };
  const answered = (minutes: number): Promise<void> =>
    requests.answered(({ prediction }) => prediction === minutes);
  const commit = (text: string): void => {
    workspace.write(SERVICE, text);
    workspace.commit();
  };

  beforeAll(async () => {
    cluster = await Cluster.start(workspace, {
      packages: ['logging', 'storage', 'tracking', 'pipelines', 'serving'],
      dependencies: ['fabrica-storage[s3]', 'fabrica-pipelines', 'fabrica-serving'],
      files: {
        'src/rides/pipelines/train.py': TRAIN,
        'src/rides/pipelines/clean.py': CLEAN,
        'src/rides/pipelines/daily.py': DAILY,
        'fabrica.yaml': SETTINGS,
        'src/rides/service.py': service('model[0]'),
        'data/rides.csv': 'minutes\n10\n',
      },
    });
  });
  afterAll(async () => {
    await requests?.end();
    await cluster?.end();
    await workspace.remove();
  });

  it('is put there as it is committed, and only so', async () => {
    workspace.write(SERVICE, service('0'));
    expect(await refused()).toMatch(
      /error: projects\/rides is not committed as it is[\s\S]*try git add projects\/rides && git commit/,
    );
    workspace.write(SERVICE, service('model[0]'));
    expect(await refused({ set: 'minutes=3' })).toMatch(
      /--set is for a deploy on this machine[\s\S]*try npx nx run rides:run --environment=staging --set/,
    );
    expect(await refused({ environment: 'stagin' })).toContain('did you mean "staging"?');
  });

  it('waits for its first model, and serves it when a run has promoted one', async () => {
    const { success, stdout } = await run();
    expect(success).toBe(true);
    expect(stdout).toContain('WorkflowTemplate rides.clean');
    expect(stdout).toMatch(
      /It serves once a run has promoted a model\.[\s\S]*rides:run --environment=staging/,
    );
    await runPipeline(workspace, 'train', 'minutes=11');
    await until(async () => (await read()).running.every(({ healthy }) => healthy));
    requests = startRequests(cluster.addressOf('rides-service'), { distance: 2.5 });
    await answered(11);
  });

  it('is left as it is when nothing changed', async () => {
    const { stdout } = await run();
    expect(stdout).toMatch(/^Unchanged: image, 17 objects\.\n\nRelease 1 of rides is still in staging/);
  });

  it('rolls over to a change, while another deploy waits', async () => {
    log = new Started(workspace.spawn('logs', PROJECT, { environment: 'staging', follow: true }));
    commit(service('model[0] + 100'));
    const first = spawn();
    const end = ended(first);
    await printed(first, 'Manifests');
    const second = await run();
    expect((await end).output).toMatch(
      /Deployment rides-service +changed[\s\S]*Release 2 of rides is in staging/,
    );
    expect(second.stderr).toMatch(/Waiting: \S+@\S+ holds rides\.deploy/);
    expect(second.stdout).toContain('Release 2 of rides is still in staging');
    await answered(111);
  });

  it('goes back by itself when it crashes, and shows the last lines of the log', async () => {
    commit(service('model[0]', 'raise RuntimeError("no such thing")'));
    const said = await refused();
    expect(said).toMatch(
      /error: release 3 of rides in staging did not become healthy: pod rides-service-\S+: it ends again/,
    );
    expect(said).toMatch(
      /RuntimeError: no such thing[\s\S]*rolled back: release 2 serves as before\n {2}try correct it/,
    );
    const { release, releases, running } = await read();
    expect([release?.number, releases[0]?.state, running[0]?.healthy]).toEqual([2, 'failed', true]);
    // Who follows the log has seen it, too: of a pod that came later, and crashed.
    await log.printed('RuntimeError: no such thing');
    log.interrupt();
    await log.ended();
  });

  it('goes back when it never becomes ready', async () => {
    commit(service('model[0]', 'import time\ntime.sleep(600)'));
    expect(await refused({ timeout: '5s' })).toMatch(
      /pod rides-service-\S+: after 5 s it runs, and is not ready to be asked[\s\S]*rolled back: release 2/,
    );
  });

  it('goes back when its image is not there', async () => {
    const image = `${(await read()).release?.image.split('@')[0]}@sha256:${'0'.repeat(64)}`;
    expect(await refused({ image })).toMatch(
      /its image can't be pulled: [\s\S]*rolled back: release 2[\s\S]*try npx nx run rides:image --push/,
    );
  });

  it('changes nothing where it has no rights', async () => {
    const before = process.env.KUBECONFIG;
    process.env.KUBECONFIG = kubeconfigOfNobody(cluster);
    try {
      expect(await refused()).toMatch(/error: the cluster of \S+ doesn't let us do that in e2e-/);
    } finally {
      process.env.KUBECONFIG = before;
    }
  });

  it('goes on after a deploy that was killed, while the cluster is away, and takes away what is gone', async () => {
    rmSync(workspace.path(`${PROJECT}/src/rides/pipelines/clean.py`));
    commit(service('model[0] + 200'));
    const cancelled = spawn();
    const cancelledEnd = ended(cancelled);
    await printed(cancelled, 'Apply');
    cancelled.kill('SIGINT');
    expect(await cancelledEnd).toMatchObject({
      code: 130,
      output: expect.stringContaining(CANCELLED) as string,
    });
    const killed = spawn();
    await printed(killed, 'Apply');
    killed.kill('SIGKILL');
    const { door, kubeconfig } = await doorToApiServer(workspace);
    const next = spawn({ KUBECONFIG: kubeconfig });
    const end = ended(next);
    await printed(next, 'Manifests');
    door.shut();
    await printed(next, 'does not answer; asking again');
    await door.open();
    const { code, output } = await end;
    expect([code, output]).toEqual([0, expect.any(String)]);
    door.shut();
    await answered(211);
    expect(cluster.kubectl(['get', 'workflowtemplates', '--output=name'])).not.toContain('rides.clean');
  });

  it('goes back to the release before, with all that it had', async () => {
    const before = (await read()).release?.number;
    const { success, stdout, stderr } = await workspace.run(rollback, PROJECT, { environment: 'staging' });
    expect([success, stderr]).toEqual([true, expect.any(String)]);
    expect(stdout).toContain(`Release 2 of rides is in staging again`);
    await answered(111);
    expect(cluster.kubectl(['get', 'workflowtemplates', '--output=name'])).toContain('rides.clean');
    expect((await read()).releases[0]).toMatchObject({ number: before, state: 'rolled back' });
    const none = await workspace.run(rollback, PROJECT, { environment: 'staging', to: 3 });
    expect(none.stderr).toMatch(/release 3 of rides in staging never became healthy/);
    const same = await workspace.run(rollback, PROJECT, { environment: 'staging', to: 2 });
    expect(same.stderr).toMatch(/release 2 of rides in staging is the one that is there/);
  });

  it('serves what a run in the cluster promotes, without a deploy', async () => {
    submitRun(cluster, 'rides.train', { minutes: '11.5' });
    await answered(111.5);
    await until(async () =>
      (await read()).serving.every(({ champion, pods }) => champion.version === 2 && pods === 2),
    );
    expect((await read()).runs[0]).toMatchObject({ pipeline: 'train' });
  });

  it('trains when a partition has arrived, and when none has, begins nothing', async () => {
    await fetch(`${cluster.bucket?.variables.AWS_ENDPOINT_URL}/artifacts/rides/11.75`, { method: 'PUT' });
    const every = (cron: string): string =>
      cluster.kubectl([
        ...['patch', 'cronworkflow', 'rides.daily', '--type=merge'],
        `--patch=${JSON.stringify({ spec: { schedules: [cron] } })}`,
      ]);
    every('* * * * *');
    await answered(111.75);
    every(YEARLY);
    const ofDaily = async () => (await read()).runs.filter(({ pipeline }) => pipeline === 'daily');
    await until(async () => (await ofDaily()).every(({ outcome }) => outcome === 'succeeded'));
    const [last] = await ofDaily();

    const event = [`--kubeconfig=${kubeconfigOf(cluster, 'rides.trigger')}`];
    const said = { 'fabrica-trigger': 'event:partition', 'fabrica-when': 'new-data' };
    const name = submitRun(cluster, 'rides.daily', said, event);
    expect(() => cluster.kubectl([...event, 'get', 'workflow', name])).toThrow('cannot get resource');
    const now = (): Workflow => cluster.get<Workflow>('workflow', name);
    await until(async () => hasEnded(now()));
    const workflow = now();
    const pods = Object.values(nodesOf(workflow)).filter(({ type }) => type === 'Pod');
    expect(pods.map(({ templateName }) => templateName).sort()).toEqual(['close', 'open']);
    const words = ['daily', '--environment=staging', '--follow', `--run=${runOf(workflow)}`];
    const shown = startPython(workspace, PROJECT, ['-m', 'fabrica.pipelines', 'run', ...words]);
    expect((await shown.ended()).output).toMatch(
      new RegExp(`succeeded in .*: nothing new since run ${last?.run}\n`),
    );
  });

  it('keeps the champion before where the code cannot answer with the new one, in pods that come later too', async () => {
    await runPipeline(workspace, 'train', 'minutes=60');
    await until(async () => (await read()).serving.every(({ waiting }) => waiting?.version === 4));
    const { stdout } = await workspace.run(status, PROJECT, { environment: 'staging' });
    expect(stdout).toMatch(/model +3 +2 +version 4[\s\S]*the code of this release can't answer with it/);
    expect(stdout).toMatch(/Last errors[\s\S]*champion held back[\s\S]*IndexError/);
    const [pod] = cluster.kubectl(['get', 'pods', '-l', 'fabrica/part=service', '--output=name']).split('\n');
    cluster.kubectl(['delete', pod as string]);
    await until(async () => {
      const { running, serving } = await read();
      return running.every(({ healthy }) => healthy) && serving[0]?.pods === 2;
    });
    expect((await read()).serving).toMatchObject([{ champion: { version: 3 }, waiting: { version: 4 } }]);
    const said = await workspace.run(logs, PROJECT, { environment: 'staging', lines: 200 });
    expect(said.stdout).toContain('champion swapped');
  });

  it('lost no request in all of that, and leaves nothing behind', async () => {
    const { answers, failures } = await requests.end();
    expect(failures).toEqual([]);
    expect(answers).toBeGreaterThan(100);
    const { success, stdout } = await workspace.run(undeploy, PROJECT, { environment: 'staging' });
    expect([success, stdout]).toEqual([true, expect.stringContaining('Removed deployment rides-service')]);
    const kinds = 'all,configmaps,leases,networkpolicies,workflows,workflowtemplates,serviceaccounts,secrets';
    expect(cluster.kubectl(['get', kinds, '-l', 'fabrica/project=rides', '--output=name'])).toBe('');
    expect((await workspace.run(status, PROJECT, { environment: 'staging' })).stdout).toContain(
      'Nothing of rides is in staging',
    );
  });
});

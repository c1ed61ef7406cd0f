import deploy from '../../src/executors/deploy/executor';
import status from '../../src/executors/status/executor';
import { syncEnvironment } from '../../src/python/environment';
import { Cluster, describeWithCluster } from '../support/cluster';
import { until } from '../support/release';
import { startRequests, type Requests } from '../support/requests';
import { startPython, type Started } from '../support/started';
import { Workspace } from '../support/workspace';

jest.setTimeout(900_000);
process.env.NO_COLOR = '1';

const PROJECT = 'projects/trip-duration';
const DATA = `${PROJECT}/data/taxis.csv`;
/** The week before the trips that are held out: too little for a model of Queens. */
const LATEST = '2019-03-18';
/** And all together: what they ask of two cores is enough. The first is too small in the beginning. */
const BOROUGHS = ['Queens', 'Brooklyn'];
const TRIP = { pickup: '2019-03-28T17:30:00', distance: 9.5, borough: 'Queens' };

interface Deployment {
  readonly status: { readonly readyReplicas?: number };
}

/** The digests of all that a run made, by step, value and product. */
const PRODUCTS = `
import json, os, sys
import fsspec

files, root = fsspec.url_to_fs(os.environ["FABRICA_STORE"])
made = {}
for path in sorted(files.glob(f"{root}/runs/trip-duration/{sys.argv[1]}/steps/*/*/*.json")):
    record = json.loads(files.cat(path))
    if record["outcome"] in ("done", "cached"):
        made[f"{record['step']} {record['value']}"] = {
            name: product["digest"] for name, product in record["products"].items()
        }
print(json.dumps(made))
`;

/** From a commit to models that serve, with data that arrives, a run that is killed, and requests all the time. */
describeWithCluster('trip-duration in a cluster', () => {
  const workspace = new Workspace();
  let cluster: Cluster;
  let requests: Requests;
  let all = '';
  let retrained = '';

  const pipelines = (verb: string, boroughs: readonly string[], ...words: string[]): Started => {
    const each = `--each=borough=${boroughs.join()}`;
    return startPython(workspace, PROJECT, ['-m', 'fabrica.pipelines', verb, 'train', each, ...words]);
  };
  const staging = (verb: string, boroughs: readonly string[], ...words: string[]): Started =>
    pipelines(verb, boroughs, '--environment=staging', ...words);
  const readyReplicas = (): number | undefined =>
    cluster.get<Deployment>('deployment', 'trip-duration-service').status.readyReplicas;
  const servesBy = (value: string): Promise<void> =>
    requests.answered(({ models }) => models.model?.value === value);

  beforeAll(async () => {
    cluster = await Cluster.start(
      workspace,
      PROJECT,
      'defaults: { cpu: 100m, memory: 512Mi, parallelism: 4 }',
    );
    all = workspace.read(DATA);
    const [header, ...trips] = all.trim().split('\n');
    const late = trips.filter((trip) => trip >= LATEST);
    workspace.write(DATA, `${[header, ...late].join('\n')}\n`);
    workspace.commit('A week of trips');
    await syncEnvironment(workspace.root, PROJECT);
  });
  afterAll(async () => {
    await requests?.end();
    await cluster?.end();
    await workspace.remove();
  });

  it('is trained there for each borough, and what the gate promotes is served', async () => {
    const deployed = await workspace.run(deploy, PROJECT, { environment: 'staging' });
    expect([deployed.success, deployed.stderr]).toEqual([true, expect.any(String)]);
    const run = await staging('run', BOROUGHS.slice(0, 1)).ended();
    expect(run.output).toMatch(/all +1,363 +\d\.\d\d +– +promoted +v1 +the first model/);
    expect(run.output).toMatch(/Queens +– +– +– +skipped +all v1 +Queens has 142 trips before/);
    expect(await run.code).toBe(0);
    await until(() => Promise.resolve(readyReplicas() === 2));
    requests = startRequests(cluster.addressOf('trip-duration-service'), TRIP);
    await servesBy('all');
  });

  it('ends what a killed run began, on the data of a new commit', async () => {
    workspace.write(DATA, all);
    workspace.commit('A month of trips');
    const killed = staging('run', BOROUGHS);
    await killed.printed('done      split          Queens');
    const workflow = killed.said(/workflow (\S+) in/);
    retrained = killed.said(/run (\S+) of trip-duration train/);
    cluster.kubectl(['delete', 'workflow', workflow, '--cascade=foreground']);
    await killed.ended();
    expect(killed.output).toContain(`error: somebody has deleted the workflow ${workflow}`);
    expect(await killed.code).toBe(1);

    const resumed = await staging('resume', BOROUGHS, `--run=${retrained}`).ended();
    expect(resumed.output).toMatch(/cached +split +Queens +done earlier in this run/);
    expect(resumed.output).toMatch(/done +evaluate +Queens/);
    expect(resumed.output).toMatch(/Queens +146 +\S+ +\S+ +promoted +v1 +\d\.\d\d ± \d\.\d\d min better/);
    expect(await resumed.code).toBe(0);
  });

  it('serves what was promoted without a deploy', async () => {
    await servesBy('Queens');
    const { stdout } = await workspace.run(status, PROJECT, { environment: 'staging' });
    expect(stdout).toMatch(/model +Queens +Queens +1 +2/);
  });

  it('made, bit for bit, what the same commit makes on this machine', async () => {
    const local = await pipelines('run', BOROUGHS).ended();
    expect(await local.code).toBe(0);
    const made = async (run: string, env: NodeJS.ProcessEnv): Promise<unknown> => {
      const told = await startPython(workspace, PROJECT, ['-c', PRODUCTS, run], env).ended();
      return JSON.parse(told.output) as unknown;
    };
    const here = await made(local.said(/run (\S+) of trip-duration train/), {});
    const there = await made(retrained, { FABRICA_ENVIRONMENT: 'staging' });
    expect(Object.keys(here as object).length).toBeGreaterThan(9);
    expect(there).toEqual(here);
  });

  it('goes back to the model before, and has lost no request', async () => {
    const words = ['-m', 'fabrica.tracking', 'rollback', 'model', '--value=Queens', '--reason=too slow'];
    const back = await startPython(workspace, PROJECT, words, { FABRICA_ENVIRONMENT: 'staging' }).ended();
    expect(await back.code).toBe(0);
    await servesBy('all');
    const { answers, failures } = await requests.end();
    expect(failures).toEqual([]);
    expect(answers).toBeGreaterThan(100);
  });
});

import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Costs } from '../../src/costs/read';
import compile from '../../src/executors/compile/executor';
import costs, { type CostsOptions } from '../../src/executors/costs/executor';
import { hasEnded, runOf, type Workflow } from '../../src/cluster/runs/objects';
import { Cluster, describeWithCluster, PROJECT } from '../support/cluster';
import { until } from '../support/release';
import { startPython, type Started } from '../support/started';
import { Workspace } from '../support/workspace';
import { FAULTS, SCORES, TRAIN } from './pipelines';

jest.setTimeout(600_000);
process.env.NO_COLOR = '1';

interface Event {
  readonly event: string;
  readonly step?: string;
  readonly value?: string;
  readonly outcome?: string;
}

/** For how long each is away, in milliseconds. */
const STORE_AWAY = 30_000;
const CONTROLLER_AWAY = 60_000;

/** The processes that are Argo's controller; Linux keeps 15 characters of a name. */
function controllersHere(): number[] {
  const { stdout } = spawnSync('pgrep', ['--exact', 'workflow-contro'], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean).map(Number);
}

const SETTINGS = "owner: acme\npipelines: { faults: { schedule: '0 0 1 1 *' } }\n";

describeWithCluster('a run in a cluster', () => {
  const workspace = new Workspace();
  let cluster: Cluster;
  /** Started at once, since they wait more than they work. */
  let first: Started, other: Started, stopped: Started, memory: Started, late: Started, lost: Started;
  let missing: Started, never: Started, there: Started, here: Started;
  let otherRun: string;

  const start = (verb: string, words: readonly string[], env?: NodeJS.ProcessEnv): Started =>
    startPython(workspace, PROJECT, ['-m', 'fabrica.pipelines', verb, ...words], env);
  const staging = (verb: string, ...words: string[]): Started =>
    start(verb, [...words, '--environment=staging']);
  const queens = (state: 'open' | 'closed'): void => {
    const metadata = { name: 'queens' };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { state } };
    cluster.kubectl(['apply', '--filename=-'], JSON.stringify(secret));
  };

  beforeAll(async () => {
    cluster = await Cluster.start(
      workspace,
      {
        packages: ['logging', 'storage', 'tracking', 'pipelines'],
        dependencies: ['fabrica-storage[s3]', 'fabrica-pipelines'],
        files: {
          'src/rides/pipelines/train.py': TRAIN,
          'src/rides/pipelines/faults.py': FAULTS,
          'src/rides/pipelines/scores.py': SCORES,
          'fabrica.yaml': SETTINGS,
        },
      },
      '  QUEENS: { secret: queens, key: state }\ndefaults: { cpu: 100m, memory: 256Mi }\nprices: { currency: EUR, cpuHour: 4, memoryGiBHour: 1 }',
    );
  });
  beforeAll(async () => {
    const faulty = (fault: string): Started => staging('run', 'faults', '--set', `fault=${fault}`);
    const dates = ['scores', '--from=2026-01-01', '--to=2026-01-02'];
    queens('closed');
    first = staging('run', 'train', '--set', 'minutes=11');
    await first.printed('workflow ');
    const nowhere = `--image=${cluster.image.split('@')[0]}@sha256:${'0'.repeat(64)}`;
    missing = staging('run', 'faults', nowhere);
    never = staging('backfill', ...dates, nowhere);
    [memory, late, lost, stopped] = ['memory', 'time', 'lost', 'lost'].map(faulty) as [
      Started,
      Started,
      Started,
      Started,
    ];
    [there, here] = [staging('backfill', ...dates), start('backfill', dates)];
    otherRun = await startAnother();
    other = staging('run', '--follow', '--json', `--run=${otherRun}`);
  });
  afterAll(async () => {
    await cluster?.end();
    await workspace.remove();
  });

  /** As Argo's own UI starts what is deployed; its pods take several values each. */
  async function startAnother(): Promise<string> {
    expect((await workspace.run(compile, PROJECT, { environment: 'staging' })).success).toBe(true);
    const how = ['--server-side', '--force-conflicts', '--field-manager=fabrica'];
    cluster.kubectl(['apply', ...how, `--filename=${workspace.path(`${PROJECT}/dist/staging`)}`]);
    const parameters = Object.entries({ 'fabrica-chunks': '2', minutes: '7' }).map(([name, value]) => ({
      name,
      value,
    }));
    const workflow = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      metadata: { generateName: 'another-' },
      spec: { workflowTemplateRef: { name: 'rides.train' }, arguments: { parameters } },
    };
    const made = cluster.kubectl(['create', '--filename=-', '--output=json'], JSON.stringify(workflow));
    // The controller gives it the labels of its template: by these it is found.
    const { metadata } = JSON.parse(made) as Workflow;
    cluster.kubectl([
      'wait',
      `workflow/${metadata.name}`,
      '--for=jsonpath={.status.phase}=Running',
      '--timeout=120s',
    ]);
    return runOf(JSON.parse(made) as Workflow);
  }

  /** For what comes last: a run of this schedule takes longer than until the next one is due. */
  function everyMinute(): void {
    const workflowSpec = { arguments: { parameters: [{ name: 'fault', value: 'lost' }] } };
    const patch = JSON.stringify({ spec: { schedules: ['* * * * *'], workflowSpec } });
    cluster.kubectl(['patch', 'cronworkflow', 'rides.faults', '--type=merge', `--patch=${patch}`]);
  }
  const scheduled = (): Workflow[] =>
    cluster.get<{ items: Workflow[] }>(
      'workflows',
      '--selector=workflows.argoproj.io/cron-workflow=rides.faults',
      '--sort-by=.metadata.creationTimestamp',
    ).items;

  it('ends with the summary and the code of a run here', async () => {
    await first.ended();
    expect(first.output).toMatch(/run (\S+) of rides train: 10 steps/);
    expect(first.output).toContain('    load Queens | loading Queens\n');
    expect(first.output).toMatch(/failed +load +Queens +[\d.]+ s +ValueError: no rides in Queens/);
    expect(first.output).toContain('File "src/rides/pipelines/train.py", line 14, in load');
    expect(first.output).toMatch(/Manhattan +60 +1\.00 +\S+ +promoted +v\d +always/);
    expect(first.output).toMatch(/partial in .*: 2 not run, .*, 1 failed/);
    expect(await first.code).toBe(1);
  });

  it('shows a run that something else started, whose pods take several values each', async () => {
    await other.ended();
    expect(other.output).toContain('"run-ended"');
    const events = other.output
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Event] : []));
    const how = events
      .filter(({ step }) => step === 'load')
      .map(({ event, value, outcome }) => [event, value, outcome]);
    expect(how).toEqual(
      expect.arrayContaining([
        ['step-ended', 'Queens', 'failed'],
        ['step-ended', 'Manhattan', 'done'],
        ['step-ended', 'Bronx', 'done'],
      ]),
    );
    expect(events.at(-1)).toMatchObject({ event: 'run-ended', outcome: 'partial' });
    expect(await other.code).toBe(1);
  });

  it('says what became of pods that could not say it themselves', async () => {
    await lost.printed('take | taking lost');
    const workflow = lost.said(/workflow (\S+) in/);
    const pods = cluster.get<{ items: { metadata: { name: string } }[] }>('pods').items;
    const pod = pods.find(({ metadata }) => metadata.name.startsWith(`${workflow}-take`));
    cluster.kubectl(['delete', 'pod', pod?.metadata.name ?? 'none', '--grace-period=2', '--wait=false']);
    await Promise.all([memory.ended(), late.ended(), lost.ended()]);
    expect(memory.output).toMatch(/failed +take +0\.00 s +out of memory: it may have 256Mi/);
    expect(await memory.code).toBe(1);
    expect(late.output).toMatch(/timeout +wait/);
    expect(await late.code).toBe(1);
    expect(lost.output).toMatch(/retry +take +attempt 1 of 2 failed: its pod was deleted; again/);
    expect(lost.output).toMatch(/succeeded in .*: 2 done/);
    expect(await lost.code).toBe(0);
  });

  it('ends at once when its image can not be pulled', async () => {
    await missing.ended();
    expect(missing.output).toMatch(
      /error: the cluster can't pull localhost\S+: not found; the run is ended\n {2}try npx nx run/,
    );
    expect(await missing.code).toBe(1);
    await never.ended();
    expect(never.output).toMatch(/error: the cluster can't pull localhost\S+: not found; the run is ended/);
    expect(await never.code).toBe(1);
  });

  it('goes on after Ctrl-C, and ends when it is cancelled', async () => {
    await stopped.printed('take | taking lost');
    stopped.interrupt();
    expect(await stopped.code).toBe(130);
    const run = stopped.said(/cancelled; run (\S+) goes on in staging/);
    expect(stopped.output).toContain(`--run=${run} --follow\n`);
    const cancelled = await staging('run', `--run=${run}`, '--cancel').ended();
    expect(cancelled.output).toMatch(/cancelled in .*: /);
    expect(await cancelled.code).toBe(0);
    const nothing = await staging('run', 'faults', '--follow').ended();
    expect(nothing.output).toContain('error: no run of rides faults goes on in staging');
  });

  it('runs a pipeline for each date, there and here', async () => {
    await Promise.all([there.ended(), here.ended()]);
    for (const { output } of [there, here]) {
      expect(output).toMatch(/2026-01-01 +succeeded +\d{8}T\S+ /);
      expect(output).toMatch(/2026-01-02 +failed +\d{8}T\S+ /);
      expect(output).toContain('1 of 2 runs succeeded');
    }
    expect(here.output).toContain('ValueError: no rides on 2026-01-02');
    const again = there.said(/npx nx run rides:run (--environment=staging --follow --run=\S+)/);
    const why = await start('run', ['scores', ...again.split(' ')]).ended();
    expect(why.output).toContain('ValueError: no rides on 2026-01-02');
    expect(await Promise.all([there.code, here.code, why.code])).toEqual([1, 1, 1]);
  });

  it('is continued here, and there, with what it lacks', async () => {
    const run = first.said(/nx run rides:resume --environment=staging --run=(\S+)/);
    const env = { FABRICA_ENVIRONMENT: 'staging', QUEENS: 'closed' };
    const onThisMachine = await start('resume', ['train', `--run=${run}`], env).ended();
    expect(onThisMachine.output).toMatch(/cached +load +Bronx +done earlier in this run/);
    expect(await onThisMachine.code).toBe(1);

    queens('open');
    const resumed = [run, otherRun].map((id) => staging('resume', `--run=${id}`));
    for (const one of resumed) {
      await one.ended();
      expect(one.output).toMatch(/cached +load +Bronx +done earlier in this run/);
      expect(one.output).toMatch(/(done|cached) +load +Queens/);
      expect(one.output).toMatch(/Queens +60 +\d\.00 +\S+ +promoted +v\d +always/);
      expect(one.output).toMatch(/succeeded in/);
      expect(await one.code).toBe(0);
    }
    const more = await staging('resume', `--run=${run}`).ended();
    expect(more.output).toContain(`run ${run} succeeded: it lacks nothing`);
  });

  it('says what runs used and cost, and warns of a budget', async () => {
    expect(first.output).toMatch(/ {2}used \S+ CPU-\w+, \S+ MiB of memory at most; made \S+ \w+\n/);
    expect(first.output).toMatch(/ {2}its pods reserved \S+ CPU-\w+, \S+ GiB-\w+: 0\.\d+ EUR\n/);
    expect(here.output).not.toContain('reserved');
    const rows = async (by: CostsOptions['by']): Promise<Costs['rows']> => {
      const { success, stdout, stderr } = await workspace.run(costs, '.', { by, json: true });
      if (!success) throw new Error(stderr);
      return (JSON.parse(stdout) as Costs).rows;
    };
    const all = await rows('project');
    expect(all.map(({ environment, project }) => [environment, project])).toEqual([
      ['local', 'rides'],
      ['staging', 'rides'],
    ]);
    const inCluster = (await rows('step')).filter(({ environment }) => environment === 'staging');
    expect(inCluster.map(({ name }) => name)).toEqual(expect.arrayContaining(['(run)', 'load', 'summarise']));
    const steps = inCluster.reduce((sum, { cost }) => sum + (cost ?? 0), 0);
    expect(steps).toBeCloseTo(all[1]?.cost ?? 0, 3);
    expect((await rows('value')).map(({ name }) => name)).toContain('Queens');

    workspace.write(`${PROJECT}/fabrica.yaml`, `${SETTINGS}budget: 0.000001\n`);
    const again = await staging('run', 'train', '--follow', `--run=${otherRun}`).ended();
    workspace.write(`${PROJECT}/fabrica.yaml`, SETTINGS);
    expect(again.output).toMatch(/budget {2}rides in staging has cost \S+ EUR this month: .* is used up/);
  });

  it('loses nothing while the store and the controller are away', async () => {
    everyMinute();
    const begun = staging('run', 'faults', '--set', 'fault=away');
    await begun.printed('take | taking away');
    const controllers = controllersHere();
    for (const pid of controllers) process.kill(pid, 'SIGSTOP');
    try {
      cluster.bucket?.door.shut();
      await sleep(STORE_AWAY);
      await cluster.bucket?.door.open();
      await sleep(CONTROLLER_AWAY - STORE_AWAY);
    } finally {
      for (const pid of controllers) process.kill(pid, 'SIGCONT');
    }
    await begun.ended();
    expect(controllers).toHaveLength(1);
    expect(begun.output).toMatch(/done +take/);
    expect(begun.output).toMatch(/succeeded in .*: 2 done/);
    expect(await begun.code).toBe(0);
  });

  it('leaves out what a schedule asks for while the run before goes on', async () => {
    const times = ({ status }: Workflow): number[] =>
      [status?.startedAt, status?.finishedAt].map((time) => (time ? Date.parse(time) : Infinity));
    const [first] = scheduled() as [Workflow];
    const [start = 0] = times(first);
    await until(() => Promise.resolve(Date.now() > start + 70_000));
    if (!hasEnded(first)) await staging('run', `--run=${runOf(first)}`, '--cancel').ended();
    await until(() => Promise.resolve(scheduled().length > 1));
    const [before, after] = scheduled().map(times) as [number[], number[]];
    expect((before[1] as number) - start).toBeGreaterThan(60_000);
    expect(after[0]).toBeGreaterThanOrEqual(before[1] as number);
  });
});

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import stop from '../../src/executors/stop/executor';
import { listProcesses, stopTree, type ProcessRecord } from '../../src/support/processes';
import { Cluster, describeWithCluster, PROJECT } from '../support/cluster';
import { docker } from '../support/docker';
import { until } from '../support/release';
import { Started } from '../support/started';
import { Workspace } from '../support/workspace';

jest.setTimeout(300_000);
process.env.NO_COLOR = '1';

/** What `develop --json` prints, in part. */
interface Answer {
  readonly pod: string;
  readonly outcome: string;
  readonly ports: readonly { readonly inside: number; readonly outside: number }[];
}

/** Tests that keep files in step; without Unison the report names them as skipped, and why. */
const describeWithUnison = spawnSync('unison', ['-version']).error
  ? (name: string) =>
      describe.skip(`${name} (there is no program "unison" here)`, () => it('is skipped', () => undefined))
  : describeWithCluster;

describeWithUnison('develop, in a cluster', () => {
  const workspace = new Workspace();
  let cluster: Cluster;
  /** That of the detached session. */
  let there: Answer;

  const develop = (options: object): Started =>
    new Started(workspace.spawn('develop', PROJECT, { environment: 'staging', cpu: 0.1, ...options }));
  const inPod = (script: string): string =>
    cluster.kubectl(['exec', there.pod, '--', 'sh', '-c', `cd /workspace/${PROJECT} && ${script}`]);
  const here = (file: string): string => `${PROJECT}/${file}`;
  const isHere = (file: string): boolean => existsSync(workspace.path(here(file)));
  const link = (): ProcessRecord | undefined =>
    listProcesses(workspace.root, ({ id }) => id.startsWith('link-'))[0];
  const objects = (environment: string): string =>
    cluster.kubectl(['get', 'jobs,pods', `--selector=fabrica/environment=${environment}`, '--output=name']);

  beforeAll(async () => {
    const files = {
      'src/rides/service.py': '',
      'data/days.csv': 'day\n1\n',
      'data/large.bin': 'x'.repeat(1000),
      '.gitignore': 'data/*.bin\n',
    };
    const more = 'defaults: { memory: 256Mi }\nprices: { currency: EUR, cpuHour: 0.5 }';
    cluster = await Cluster.start(workspace, { packages: [], dependencies: ['iniconfig'], files }, more, {
      pushed: false,
    });
    const brief = workspace.read('environments/staging.yaml');
    workspace.write('environments/brief.yaml', brief);
  });
  afterAll(async () => {
    await workspace.run(stop, PROJECT, {});
    await cluster?.end();
    const made = docker('images', '--format', '{{.Repository}}:{{.Tag}}', 'rides:develop-*').split('\n');
    spawnSync('docker', ['rmi', ...made.filter(Boolean)]);
    await workspace.remove();
  });

  it('runs a command with the credentials of the environment, and brings its files; nothing is left', async () => {
    const command = 'id -u; env; ls -A . data; mkdir made && date > made/there && exit 3';
    const { code, output } = await develop({ command })
      .ended()
      .then(async (one) => ({ code: await one.code, output: one.output }));
    expect([code, output]).toEqual([1, expect.stringContaining('exit 3 ended with exit code 3')]);
    expect(output).toMatch(
      /✓ Pod {2}rides\.develop-\w+, 0\.1 CPUs, 256Mi, until .*; 0\.05 EUR an hour, 0\.40 EUR in 8 hours/,
    );
    expect(output).toMatch(/^10001$/m);
    expect(output).toMatch(/^AWS_SECRET_ACCESS_KEY=test$/m);
    expect(output).toMatch(/^days\.csv$/m);
    expect(output).not.toMatch(/^(\.venv|large\.bin)$/m);
    expect(isHere('made/there')).toBe(true);
    expect(objects('staging')).toBe('');
    expect(listProcesses(workspace.root)).toEqual([]);
  });

  it('is removed by the cluster when its time is over, whoever is gone', async () => {
    const session = develop({ environment: 'brief', hours: 0.01, detach: true });
    await session.ended();
    expect(session.output).toContain('It runs until it is stopped');
    await stopTree(link()?.pid, 'SIGKILL');
  });

  it('stays with --detach; files go both ways, deleted ones too; a port answers', async () => {
    const session = await develop({ detach: true, json: true }).ended();
    there = JSON.parse(session.said(/^(\{.*\})$/m)) as Answer;
    expect(there.outcome).toBe('started');
    workspace.write(here('src/rides/news.py'), 'NEWS = 1\n');
    await until(async () => inPod('cat src/rides/news.py 2>/dev/null || true') === 'NEWS = 1');
    inPod('mkdir -p .venv && echo > .venv/there && echo "NEWS = 2" > src/rides/more.py && rm -r data');
    await until(async () => isHere('src/rides/more.py') && !isHere('data/days.csv'));
    expect(isHere('.venv/there')).toBe(false);
    // What git ignores stays, whatever becomes of its folder there.
    await until(async () => isHere('data/large.bin'));
    inPod('(python -m http.server 8000 > /dev/null 2>&1 &)');
    const [{ outside } = { outside: 0 }] = there.ports;
    const address = `http://127.0.0.1:${outside}/pyproject.toml`;
    await until(async () => (await fetch(address).catch(() => undefined))?.ok === true);
  });

  it('keeps both files of a conflict, and says so; a connection that is lost is made again', async () => {
    workspace.write(here('both.txt'), 'before\n');
    await until(async () => inPod('cat both.txt 2>/dev/null || true') === 'before');
    const children = spawnSync('pgrep', ['--parent', String(link()?.pid), 'unison'], { encoding: 'utf8' });
    const unison = Number(children.stdout);
    process.kill(unison, 'SIGSTOP');
    workspace.write(here('both.txt'), 'here\n');
    inPod('echo there > both.txt');
    process.kill(-unison, 'SIGKILL');
    const copies = (): string[] =>
      readdirSync(workspace.path(PROJECT)).filter((name) => name.startsWith('both ('));
    const joined = await develop({ command: 'cat both*', cpu: 2 }).ended();
    expect(joined.output).toContain(
      'has --cpu=100m, not 2; to make it anew: npx nx develop rides --environment=staging --fresh',
    );
    expect(joined.output).toMatch(
      /conflict: projects\/rides\/both\.txt was changed here and changed in the pod/,
    );
    expect(workspace.read(here('both.txt'))).toBe('here\n');
    expect(copies().map((name) => workspace.read(here(name)))).toEqual(['there\n']);
    expect(await joined.code).toBe(0);
    expect(objects('staging')).not.toBe('');
  });

  it('brings what was written last when it is stopped, and leaves nothing', async () => {
    inPod('echo last > last.txt');
    const { success, stdout } = await workspace.run(stop, PROJECT, { json: true });
    expect(success).toBe(true);
    expect(JSON.parse(stdout)).toMatchObject({
      pods: [{ environment: 'brief' }, { environment: 'staging' }],
    });
    expect(workspace.read(here('last.txt'))).toBe('last\n');
    expect(objects('staging')).toBe('');
    expect(listProcesses(workspace.root)).toEqual([]);
    expect(workspace.git('status', '--porcelain', '--ignored')).not.toMatch(/unison|\.st/);
    await until(async () => objects('brief') === '');
  });
});

import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { Cluster, describeWithCluster, PROJECT } from '../support/cluster';
import { startPython } from '../support/started';
import { Workspace } from '../support/workspace';

jest.setTimeout(600_000);
process.env.NO_COLOR = '1';

/** Starts again what has ended of the cluster: a command. */
const UP = process.env.FABRICA_CLUSTER_UP;

const PIPELINE = `
import time

from fabrica.pipelines import step


@step("rides", cache=False)
def take() -> int:
    print("taking", flush=True)
    time.sleep(10)
    return 1


@step("doubled")
def double(rides: int) -> int:
    return 2 * rides
`;

/** It ends a part of the cluster that all its pods need. */
describeWithCluster('the kubelet of a node', () => {
  const workspace = new Workspace();
  let cluster: Cluster;

  beforeAll(async () => {
    if (!UP) return;
    cluster = await Cluster.start(workspace, {
      packages: ['logging', 'storage', 'tracking', 'pipelines'],
      dependencies: ['fabrica-storage[s3]', 'fabrica-pipelines'],
      files: { 'src/rides/pipelines/train.py': PIPELINE },
    });
  });
  afterAll(async () => {
    await cluster?.end();
    await workspace.remove();
  });

  (UP ? it : it.skip)(
    `is killed in the middle of a step, and nothing is lost${UP ? '' : ' (FABRICA_CLUSTER_UP, which starts it again, is not set)'}`,
    async () => {
      const words = ['-m', 'fabrica.pipelines', 'run', 'train', '--environment=staging'];
      const begun = startPython(workspace, PROJECT, words);
      await begun.printed('take | taking');
      const { stdout } = spawnSync('pgrep', ['--exact', 'kubelet'], { encoding: 'utf8' });
      const kubelets = stdout.split('\n').filter(Boolean).map(Number);
      for (const pid of kubelets) process.kill(pid, 'SIGKILL');
      await promisify(execFile)(UP as string);
      await begun.ended();
      expect(kubelets).toHaveLength(1);
      expect(begun.output).toMatch(/done +take[\s\S]*done +double[\s\S]*succeeded in/);
      expect(await begun.code).toBe(0);
    },
  );
});

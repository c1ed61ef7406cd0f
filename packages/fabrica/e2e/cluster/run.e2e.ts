import { Cluster, describeWithCluster } from '../support/cluster';
import { Workspace } from '../support/workspace';

jest.setTimeout(600_000);
process.env.NO_COLOR = '1';

const TRAIN = `
from fabrica.pipelines import step

each = {"borough": ["Manhattan", "Queens"]}

@step("model")
def train(borough: str, minutes: float = 10.0) -> list[float]:
    print("training", borough)
    return [minutes]
`;

describeWithCluster('run', () => {
  const workspace = new Workspace();
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start(workspace, {
      packages: ['logging', 'storage', 'tracking', 'pipelines'],
      dependencies: ['fabrica-storage[s3]', 'fabrica-pipelines'],
      files: { 'src/rides/pipelines/train.py': TRAIN },
    });
  });
  afterAll(async () => {
    await cluster?.end();
    await workspace.remove();
  });

  it('works', () => {
    expect(cluster.kubectl(['get', 'secrets'])).toContain('store');
  });
});

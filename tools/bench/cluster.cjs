// What a pipeline costs in a cluster: prints, as JSON, the figures that cluster.py reports.
// node cluster.cjs <rounds>: with kubectl at a cluster, Docker, and the registry program, as the tests in a cluster need.
'use strict';

const { join } = require('node:path');
const { setTimeout: wait } = require('node:timers/promises');

const PLUGIN = join(__dirname, '..', '..', 'packages', 'fabrica');
process.env.SWC_NODE_PROJECT = join(PLUGIN, 'tsconfig.json');
require('@swc-node/register');

const load = (path) => require(join(PLUGIN, path));
const { Cluster, PROJECT } = load('e2e/support/cluster');
const { submitRun, until } = load('e2e/support/release');
const { startRequests } = load('e2e/support/requests');
const { Workspace } = load('e2e/support/workspace');
const { hasEnded, nodesOf, runOf } = load('src/cluster/runs/objects');
const deploy = load('src/executors/deploy/executor').default;

const STEPS = 10;
const numbers = Array.from({ length: STEPS }, (_, number) => number);

/** A chain: each reads what the one before it made. */
const CHAIN = `from fabrica.pipelines import step

${numbers
  .map(
    (number) => `
@step("part_${number}", cache=False)
def step_${number}(${number ? `part_${number - 1}: int` : 'start: int = 0'}) -> int:
    return ${number ? `part_${number - 1} + 1` : 'start'}
`,
  )
  .join('\n')}`;

const CITIES = `from fabrica.pipelines import step

each = {"city": [f"city-{number:03}" for number in range(500)]}

@step("trips", cache=False)
def load(city: str) -> str:
    return city

@step("features", cache=False)
def prepare(trips: str) -> str:
    return trips

@step("model", cache=False)
def train(features: str) -> str:
    return features
`;

const TRAIN = (error) => `from fabrica.pipelines import Metrics, Verdict, promote, step

gate = {"model": "model", "metrics": "metrics"}

@step("model")
def train(minutes: float = 10.0) -> list[float]:
    return [minutes + ${error}]

@step("metrics")
def measure(model: list[float]) -> dict[str, float]:
    return {"rides": 60.0, "mae": abs(model[0] - 12.0)}

def better(candidate: Metrics, production: Metrics | None) -> Verdict:
    return promote("always", metric="mae")
`;
const SERVICE = `import pandas as pd
from pydantic import Field
from fabrica.serving import Champion, Frame, Input, Series

class Ride(Input):
    distance: float = Field(ge=0, examples=[2.5])

def predict(rides: Frame[Ride], model: Champion[list[float]]) -> Series[float]:
    return pd.Series([model[0]] * len(rides), rides.index, dtype=float)
`;

/** A step as somebody writes it by hand: reads what was made before, and writes what it makes. Says what CPU it took. */
const BY_HAND = `import json, os, resource, sys
import s3fs
run, number = sys.argv[1], int(sys.argv[2])
files = s3fs.S3FileSystem(endpoint_url=os.environ["AWS_ENDPOINT_URL"])
value = 0
if number:
    with files.open(f"artifacts/by-hand/{run}/{number - 1}.json") as before:
        value = json.load(before) + 1
with files.open(f"artifacts/by-hand/{run}/{number}.json", "w") as made:
    json.dump(value, made)
used = resource.getrusage(resource.RUSAGE_SELF)
print("CPU", used.ru_utime + used.ru_stime)
`;

function byHand(cluster) {
  const secret = (name) => ({ name, valueFrom: { secretKeyRef: { name: 'store', key: name } } });
  const closed = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const patch = { securityContext: closed };
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: { generateName: 'by-hand-' },
    spec: {
      entrypoint: 'run',
      serviceAccountName: 'rides',
      automountServiceAccountToken: false,
      executor: { serviceAccountName: 'rides.executor' },
      podSpecPatch: JSON.stringify({
        containers: [{ name: 'wait', ...patch }],
        initContainers: [{ name: 'init', ...patch }],
      }),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10001,
        runAsGroup: 10001,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      templates: [
        {
          name: 'run',
          dag: {
            tasks: numbers.map((number) => ({
              name: `step-${number}`,
              template: 'step',
              ...(number ? { depends: `step-${number - 1}` } : {}),
              arguments: { parameters: [{ name: 'number', value: String(number) }] },
            })),
          },
        },
        {
          name: 'step',
          inputs: { parameters: [{ name: 'number' }] },
          retryStrategy: { limit: 3, retryPolicy: 'OnError' },
          container: {
            image: cluster.image,
            command: ['python', '-c', BY_HAND],
            args: ['{{workflow.name}}', '{{inputs.parameters.number}}'],
            env: [
              ...Object.entries(cluster.bucket.variables).map(([name, value]) => ({ name, value })),
              ...Object.keys(cluster.bucket.credentials).map(secret),
            ],
            resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '256Mi' } },
            securityContext: closed,
          },
        },
      ],
    },
  };
}

/** Waits for the end of a workflow; returns it, and the seconds since `begun`. */
async function ended(cluster, name, begun) {
  for (;;) {
    const workflow = cluster.get('workflow', name);
    if (hasEnded(workflow)) {
      if (workflow.status.phase !== 'Succeeded') throw new Error(JSON.stringify(workflow.status, null, 1));
      return { workflow, seconds: (performance.now() - begun) / 1000 };
    }
    await wait(200);
  }
}

async function timed(cluster, submit) {
  const begun = performance.now();
  return ended(cluster, submit(), begun);
}

const podsOf = (workflow) => Object.values(nodesOf(workflow)).filter(({ type }) => type === 'Pod');

/** What each step of the workflows by hand said. */
function cpuByHand(cluster, workflow) {
  const selector = `workflows.argoproj.io/workflow=${workflow.metadata.name}`;
  const said = cluster.kubectl([
    'logs',
    '--selector',
    selector,
    '--container=main',
    '--tail=-1',
    '--max-log-requests=20',
  ]);
  return [...said.matchAll(/^CPU ([\d.]+)$/gm)].map(([, seconds]) => Number(seconds));
}

async function main(rounds) {
  const say = (text) => process.stderr.write(`  ${text}\n`);
  const workspace = new Workspace();
  let cluster, requests;
  const answer = {};
  const ran = async (executor, options) => {
    const begun = performance.now();
    const { success, stderr } = await workspace.run(executor, PROJECT, {
      environment: 'staging',
      ...options,
    });
    if (!success) throw new Error(stderr);
    return (performance.now() - begun) / 1000;
  };
  try {
    say('a namespace, a project and its image');
    cluster = await Cluster.start(
      workspace,
      {
        packages: ['logging', 'storage', 'tracking', 'pipelines', 'serving'],
        dependencies: ['fabrica-storage[s3]', 'fabrica-pipelines', 'fabrica-serving'],
        files: {
          'src/rides/pipelines/chain.py': CHAIN,
          'src/rides/pipelines/cities.py': CITIES,
          'src/rides/pipelines/train.py': TRAIN(0),
          'src/rides/service.py': SERVICE,
        },
      },
      'defaults: { cpu: 100m, memory: 256Mi }',
    );
    await ran(deploy, {});
    const environment = load('src/workspace').readEnvironment(workspace.root, 'staging');
    const usage = async (run) => {
      const projects = [load('src/workspace').readProject(workspace.root, PROJECT)];
      const asking = { root: workspace.root, environment, projects, signal: new AbortController().signal };
      return (await load('src/costs/usage').readUsage(asking)).find((one) => one.run === run).usage;
    };

    const chain = { ours: [], byHand: [], ourCpu: [], cpuByHand: [] };
    for (let round = 0; round <= rounds; round++) {
      say(`round ${round} of ${rounds}: ${STEPS} steps`);
      const ours = await timed(cluster, () => submitRun(cluster, 'rides.chain', {}));
      const hand = await timed(cluster, () =>
        cluster.kubectl(
          ['create', '--filename=-', '--output=jsonpath={.metadata.name}'],
          JSON.stringify(byHand(cluster)),
        ),
      );
      if (!round) continue;
      chain.ours.push(ours.seconds);
      chain.byHand.push(hand.seconds);
      chain.pods = podsOf(ours.workflow).length;
      const { steps } = await usage(runOf(ours.workflow));
      chain.ourCpu.push(...numbers.map((number) => steps[`step_${number}`].cpuSeconds));
      chain.cpuByHand.push(...cpuByHand(cluster, hand.workflow));
    }
    answer.chain = chain;

    answer.cities = {};
    for (const count of [50, 500]) {
      say(`${count} cities with 3 steps each`);
      const city = JSON.stringify(
        Array.from({ length: count }, (_, n) => `city-${String(n).padStart(3, '0')}`),
      );
      const { workflow, seconds } = await timed(cluster, () => submitRun(cluster, 'rides.cities', { city }));
      const objects = cluster.get('workflows,workflowtemplates,workflowtaskresults,pods').items;
      answer.cities[count] = {
        seconds,
        pods: podsOf(workflow).length,
        largest: Math.max(...objects.map((object) => JSON.stringify(object).length)),
        workflow: JSON.stringify(workflow).length,
      };
    }

    say('from a commit to what is served');
    await ended(cluster, submitRun(cluster, 'rides.train', {}), 0);
    const serves = cluster.addressOf('rides-service');
    await until(() =>
      fetch(`http://${serves}/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    requests = startRequests(serves, { distance: 2.5 });
    await requests.answered(({ prediction }) => prediction === 10);
    workspace.write(`${PROJECT}/src/rides/pipelines/train.py`, TRAIN(1));
    const begun = performance.now();
    workspace.commit('Another model');
    const image = await (async () => {
      const start = performance.now();
      await cluster.push(PROJECT);
      return (performance.now() - start) / 1000;
    })();
    const deployed = await ran(deploy, {});
    const submitted = performance.now();
    const name = submitRun(cluster, 'rides.train', {});
    await until(async () => podsOf(cluster.get('workflow', name)).some(({ phase }) => phase === 'Running'));
    const started = performance.now();
    await requests.answered(({ prediction }) => prediction === 11);
    const served = performance.now();
    answer.push = {
      total: (served - begun) / 1000,
      image,
      deploy: deployed,
      started: (started - submitted) / 1000,
      run: (served - started) / 1000,
    };
    answer.push.lost = (await requests.end()).failures.length;
    requests = undefined;
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  } finally {
    await requests?.end();
    await cluster?.end();
    await workspace.remove();
  }
}

main(Number(process.argv[2] ?? 3)).then(
  () => process.exit(),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);

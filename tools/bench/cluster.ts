/**
 * A project in a namespace of its own, on the cluster that kubectl knows, for cluster.py: a line of JSON on the standard
 * input says what is to be done, a line on the standard output how it went. It ends with its input, and takes all away.
 */
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { commandEnvironment, pythonOf } from '../../packages/fabrica/bin/shared.cjs';
import { Cluster, PROJECT } from '../../packages/fabrica/e2e/support/cluster';
import { submitRun } from '../../packages/fabrica/e2e/support/release';
import { Workspace } from '../../packages/fabrica/e2e/support/workspace';
import type { Workflow } from '../../packages/fabrica/src/cluster/runs/objects';
import deploy from '../../packages/fabrica/src/executors/deploy/executor';

const { STEPS, WORK } = process.env as Record<string, string>;
const numbers = [...Array(Number(STEPS)).keys()];

/** A chain of steps that only wait; what they make holds the round, so that none is cached. */
const CHAIN = `
import time

from fabrica.pipelines import step
${numbers
  .map(
    (n) => `

@step("p${n}")
def step_${n}(${n ? `p${n - 1}: list[int]` : 'round: int = 0'}) -> list[int]:
    time.sleep(${WORK})
    return [${n}, ${n ? `p${n - 1}[1]` : 'round'}]
`,
  )
  .join('')}`;

/** The same without the toolkit, as people write it: what is made goes through the same store. */
const PLAIN = `
import json
import os
import sys
import time

import fsspec


def main(number: int, name: str) -> None:
    files, root = fsspec.url_to_fs(os.environ["FABRICA_STORE"])
    made = json.loads(files.cat(f"{root}/plain/{name}/{number - 1}.json")) if number else []
    time.sleep(${WORK})
    files.pipe(f"{root}/plain/{name}/{number}.json", json.dumps([*made[:1], number]).encode())


main(int(sys.argv[1]), sys.argv[2])
`;

const CITIES = (count: number): string => `
from fabrica.pipelines import step

each = {"city": [${[...Array(count).keys()].map((n) => `"city-${n}"`).join(', ')}]}


@step("trips")
def load(city: str) -> list[str]:
    return [city]


@step("model")
def train(trips: list[str]) -> list[str]:
    return trips


@step("metrics")
def measure(model: list[str]) -> list[str]:
    return model
`;

const SERVICE = (version: number): string => `
import pandas as pd
from pydantic import Field
from fabrica.serving import Champion, Frame, Input, Series


class Ride(Input):
    distance: float = Field(ge=0, examples=[2.5])


def predict(rides: Frame[Ride], model: Champion[list[float]]) -> Series[float]:
    return pd.Series([model[0]] * len(rides), rides.index, dtype=float)  # ${version}
`;

const TRAIN = (version: number): string => `
from fabrica.pipelines import Metrics, Verdict, promote, step

gate = {"model": "model", "metrics": "metrics"}


@step("model")
def train() -> list[float]:
    return [${version}.0]


@step("metrics")
def measure(model: list[float]) -> dict[str, float]:
    return {"rides": 60.0, "mae": abs(model[0] - 12.0)}


def better(candidate: Metrics, production: Metrics | None) -> Verdict:
    return promote("always", metric="mae")
`;

const workspace = new Workspace();
let cluster: Cluster;

async function main(): Promise<void> {
  try {
    cluster = await Cluster.start(workspace, {
      packages: ['logging', 'storage', 'tracking', 'pipelines', 'serving'],
      dependencies: ['fabrica-storage[s3]', 'fabrica-pipelines', 'fabrica-serving'],
      files: {
        'src/rides/pipelines/chain.py': CHAIN,
        'src/rides/pipelines/cities_50.py': CITIES(50),
        'src/rides/pipelines/cities_500.py': CITIES(500),
        'src/rides/pipelines/train.py': TRAIN(1),
        'src/rides/plain.py': PLAIN,
        'src/rides/service.py': SERVICE(1),
      },
    });
    say(await rolled(1));
    for await (const line of createInterface({ input: process.stdin })) {
      const [what, ...words] = JSON.parse(line) as [keyof typeof TASKS, ...string[]];
      say(await TASKS[what](words));
    }
  } finally {
    await cluster?.end();
    await workspace.remove();
  }
}

const TASKS = {
  ours: async ([round]: string[]) => timed(await start('rides.chain', { round: round as string })),
  plain: async ([round]: string[]) => timed(await create(plainChain(round as string))),
  cities: async ([count]: string[]) => cities(count as string),
  push: async ([version]: string[]) => push(Number(version)),
  where: async () => {
    const at = workspace.path(PROJECT);
    const env = commandEnvironment(workspace.root, at, { ...process.env, FABRICA_ENVIRONMENT: 'staging' });
    return { folder: at, python: pythonOf(at), env };
  },
};

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function create(manifest: object): Promise<Workflow> {
  const how = ['create', '--filename=-', '--output=jsonpath={.metadata.name}'];
  return ended(cluster.kubectl(how, JSON.stringify(manifest)));
}

function start(template: string, parameters: Record<string, string>): Promise<Workflow> {
  return ended(submitRun(cluster, template, parameters));
}

/** A workflow when it has succeeded. */
async function ended(name: string): Promise<Workflow> {
  for (;;) {
    const now = cluster.get<Workflow>('workflow', name);
    if (now.status?.finishedAt) {
      if (now.status.phase !== 'Succeeded') throw new Error(`${name}: ${now.status.phase}`);
      return now;
    }
    await wait(1000);
  }
}

function timed({ status }: Workflow): { seconds: number } {
  return { seconds: (Date.parse(status?.finishedAt ?? '') - Date.parse(status?.startedAt ?? '')) / 1000 };
}

interface Container {
  args?: string[];
  command?: string[];
}
interface Template {
  name: string;
  container?: Container;
}
type Spec = Record<string, unknown> & { templates: Template[]; templateDefaults: { container: Container } };

function specOf(template: string): Spec {
  return cluster.get<{ spec: Spec }>('workflowtemplate', template).spec;
}

/** What a person writes who has ours before them: the same image, accounts and resources, and nothing that it doesn't need. */
function plainChain(round: string): object {
  const { templates: ours, arguments: _, onExit: __, ...rest } = specOf('rides.chain');
  const { resources } = ours.find(({ name }) => name === 'step-0')?.container as Container & {
    resources: object;
  };
  const template = (number: number): object => ({
    name: `step-${number}`,
    container: { command: ['python', '-m', 'rides.plain'], args: [String(number), round], resources },
  });
  const task = (number: number): object => ({
    name: `step-${number}`,
    template: `step-${number}`,
    ...(number ? { depends: `step-${number - 1}` } : {}),
  });
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: { generateName: 'plain-' },
    spec: {
      ...rest,
      templates: [{ name: 'run', dag: { tasks: numbers.map(task) } }, ...numbers.map(template)],
    },
  };
}

/** The controller's part of many values: the pods are real, and their containers end at once. */
async function cities(count: string): Promise<object> {
  const { templates, ...rest } = specOf(`rides.cities-${count}`);
  const workflow = await create({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: { generateName: `cities-${count}-` },
    spec: {
      ...rest,
      templates: templates.map((one) =>
        one.container ? { ...one, container: { ...one.container, command: ['true'] } } : one,
      ),
    },
  });
  const own = `workflows.argoproj.io/workflow=${workflow.metadata.name}`;
  const pods = cluster.get<{ items: object[] }>('pods,workflowtaskresults', '--selector', own).items;
  const largest = Math.max(...[workflow, ...pods].map((one) => JSON.stringify(one).length));
  return { ...timed(workflow), objects: pods.length + 1, kibibytes: largest / 1024 };
}

/** Deploys what is committed, trains, and asks the service until the new model answers; in seconds. */
async function rolled(version: number): Promise<object> {
  const begun = Date.now();
  const answer = await workspace.run(deploy, PROJECT, { environment: 'staging' });
  if (!answer.success) throw new Error(answer.stderr);
  const there = Date.now();
  await start('rides.train', {});
  const trained = Date.now();
  const url = `http://${cluster.addressOf('rides-service')}/predict`;
  const asked = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"distance": 2.5}',
  };
  for (;;) {
    const answer = await fetch(url, asked).then(
      (one) => one.json() as Promise<{ prediction?: number }>,
      () => undefined,
    );
    if (answer?.prediction === version) {
      const [deployed, train, serve] = [there - begun, trained - there, Date.now() - trained];
      return { deploy: deployed / 1000, train: train / 1000, serve: serve / 1000 };
    }
    await wait(200);
  }
}

/** What CI does after a push of a change in one step, and what follows by itself. */
async function push(version: number): Promise<object> {
  workspace.write(`${PROJECT}/src/rides/pipelines/train.py`, TRAIN(version));
  workspace.write(`${PROJECT}/src/rides/service.py`, SERVICE(version));
  workspace.commit();
  return rolled(version);
}

void main();

import { execFileSync } from 'node:child_process';
import deploy from '../../src/executors/deploy/executor';
import lock from '../../src/executors/lock/executor';
import publish from '../../src/executors/publish/executor';
import type { Workspace } from './workspace';

/** The shared packages that the project needs. */
const PACKAGES = ['logging', 'storage', 'tracking', 'pipelines', 'serving'];
export const PROJECT = 'projects/rides';

export const PIPELINE = `
from fabrica.pipelines import Metrics, Verdict, keep, promote, step

each = {"borough": ["Manhattan", "Queens"]}
gate = {"model": "model", "metrics": "metrics"}

@step("model", reads=["data/rides.csv"])
def train(borough: str, minutes: float = 10.0) -> list[float]:
    if borough == "Queens" and minutes < 0:
        raise ValueError("no rides in Queens")
    return [minutes]

@step("metrics")
def measure(model: list[float]) -> dict[str, float]:
    return {"rides": 60.0, "mae": abs(model[0] - 12.0)}

def better(candidate: Metrics, production: Metrics | None) -> Verdict:
    if production is None or candidate["mae"] < production["mae"]:
        return promote("smaller error", metric="mae")
    return keep("larger error", metric="mae")
`;

export const SERVICE = `
from typing import Literal
import pandas as pd
from pydantic import Field
from fabrica.serving import Champion, Frame, Input, Series

each = "borough"

class Ride(Input):
    distance: float = Field(ge=0, examples=[2.5])
    borough: Literal["Manhattan", "Queens"] = Field(examples=["Queens"])

def predict(rides: Frame[Ride], model: Champion[list[float]]) -> Series[float]:
    return pd.Series([model[0]] * len(rides), rides.index, dtype=float)
`;

/** What the project is made of. */
export interface Preparation {
  /** The shared packages that are published. */
  readonly packages?: readonly string[];
  readonly dependencies?: readonly string[];
  /** Relative to the project. */
  readonly files?: Readonly<Record<string, string>>;
}

const FILES = {
  'src/rides/pipelines/train.py': PIPELINE,
  'src/rides/service.py': SERVICE,
  'data/rides.csv': 'minutes\n10\n',
};

/** Makes the project, with its packages published and its lock written. */
export async function prepare(
  workspace: Workspace,
  {
    packages = PACKAGES,
    dependencies = ['fabrica-pipelines', 'fabrica-serving'],
    files = FILES,
  }: Preparation = {},
): Promise<void> {
  for (const name of packages) workspace.copyPackage(name);
  workspace.project('rides', dependencies);
  for (const [file, text] of Object.entries(files)) workspace.write(`${PROJECT}/${file}`, text);
  workspace.start();
  for (const name of packages) {
    const answer = await workspace.run(publish, `packages/${name}`, {});
    if (!answer.success) throw new Error(answer.stderr);
  }
  const locked = await workspace.run(lock, PROJECT, {});
  if (!locked.success) throw new Error(locked.stderr);
  workspace.commit('release');
}

/** What `deploy --json` prints, in part. */
export interface Document {
  readonly runs: {
    outcome: string;
    counts: Record<string, number>;
    verdicts: { value: string; outcome: string; serving: { version: number } | null }[];
  }[];
  readonly release: { id: string; outcome: string };
  readonly service: {
    address: string;
    pid: number;
    outcome: string;
    curl: string;
    serving: { value: string; champion: { version: number } }[];
  };
}

/** Deploys the project, in this process. */
export async function deployIn(workspace: Workspace, options: object = {}): Promise<Document> {
  const answer = await workspace.run(deploy, PROJECT, { json: true, ...options });
  if (!answer.success) throw new Error(answer.stderr);
  return JSON.parse(answer.stdout) as Document;
}

/** What the pasted command answers. */
export function predict(curl: string): { prediction: number; models: { model: { version: number } } } {
  return JSON.parse(
    execFileSync('sh', ['-c', curl], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  ) as never;
}

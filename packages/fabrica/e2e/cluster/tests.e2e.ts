import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Cluster, describeWithCluster, PROJECT } from '../support/cluster';
import { Started } from '../support/started';
import { HOUSE, Workspace } from '../support/workspace';

jest.setTimeout(300_000);
process.env.NO_COLOR = '1';

const PYPROJECT = `[project]
name = "rides"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = []

[dependency-groups]
dev = ["pytest"]

[tool.uv]
managed = false
`;

const TESTS = `
import os
import sys
import time

import pytest


@pytest.mark.parametrize("minutes", [1, 2, 3, 4])
def test_ok(minutes):
    sys.stdout.write("no end of this line")
    assert os.environ["FABRICA_ENVIRONMENT"] == "staging"


def test_fails():
    print("about to fail")
    assert "<Queens>" == "Bronx"


@pytest.mark.skipif("SLOW" not in os.environ and "-s" not in sys.argv[1], reason="slow")
def test_slow():
    print("sleeping", flush=True)
    time.sleep(300)


@pytest.mark.skipif("memory" not in sys.argv[1], reason="large")
def test_memory():
    len(b"x" * 1024**3)
`;

/** A module that is skipped as a whole, which each shard finds out. */
const ELSEWHERE = `
import pytest

pytest.importorskip("no_such_module")
`;

interface Document {
  readonly workflow: string;
  readonly junit: string;
}

describeWithCluster('tests in a cluster', () => {
  const workspace = new Workspace();
  let cluster: Cluster;
  let all: Started, one: Started, memory: Started, slow: Started;

  /** What the target's command does. */
  const start = (...words: string[]): Started => {
    const program = join(HOUSE, 'packages/fabrica/bin/env.cjs');
    const command = [program, PROJECT, '--', 'pytest', '--environment=staging', ...words];
    return new Started(
      spawn(process.execPath, command, {
        cwd: workspace.root,
        // Not the task of Nx that runs these tests.
        env: { ...process.env, NX_TASK_HASH: undefined },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  };
  const documentOf = ({ output }: Started): Document =>
    JSON.parse(output.split('\n').find((line) => line.startsWith('{"schema"')) ?? '{}') as Document;

  beforeAll(async () => {
    const files = {
      'pyproject.toml': PYPROJECT,
      'tests/test_rides.py': TESTS,
      'tests/test_elsewhere.py': ELSEWHERE,
    };
    const project = { packages: [], dependencies: [], files };
    cluster = await Cluster.start(workspace, project, 'defaults: { cpu: 50m, memory: 128Mi }', {
      store: false,
    });
    all = start('--shards=2', '--junitxml=out/junit.xml');
    await all.printed('workflow ');
    slow = start('-s', '-k', 'slow');
    one = start('--json', '-k', 'ok');
    memory = start('--json', '--shards=2', '-k', 'memory or fails');
  });
  afterAll(async () => {
    await cluster?.end();
    await workspace.remove();
  });

  it('end as they do on this machine, and bring back one report of all shards', async () => {
    await all.ended();
    expect([await all.code, all.output]).toEqual([1, expect.stringContaining('in 2 pods')]);
    expect(all.output).toMatch(/^1\/2 collected 7 items \/ \d deselected/m);
    expect(all.output).toContain('1/2 FAILED tests/test_rides.py::test_fails');
    expect(all.output).toContain(
      "FAILED tests.test_rides::test_fails - AssertionError: assert '<Queens>' == 'Bronx'",
    );
    expect(all.output).toContain(
      '✗ 1 failed, 4 passed, 3 skipped, in 2 pods; junit: projects/rides/dist/staging/junit.xml',
    );
    expect(all.output).not.toMatch(/fabrica-report|fabrica-junit/);
    const report = workspace.read(`${PROJECT}/dist/staging/junit.xml`);
    expect(workspace.read(`${PROJECT}/out/junit.xml`)).toBe(report);
    const names = [...report.matchAll(/<testcase classname="(.*?)" name="(.*?)"/g)].map(
      ([, of, name]) => `${of} ${name}`,
    );
    expect(names.sort()).toEqual([
      ' tests.test_elsewhere',
      'tests.test_rides test_fails',
      'tests.test_rides test_memory',
      ...[1, 2, 3, 4].map((minutes) => `tests.test_rides test_ok[${minutes}]`),
      'tests.test_rides test_slow',
    ]);
  });

  it('take the options of pytest, and say for programs how they ended', async () => {
    await one.ended();
    expect([await one.code, one.output]).toEqual([0, expect.stringContaining('{"schema":1')]);
    expect(documentOf(one)).toMatchObject({
      ...{ schema: 1, project: 'rides', environment: 'staging', shards: 1, code: 0 },
      ...{ tests: 5, failures: 0, errors: 0, skipped: 1, junit: `${PROJECT}/dist/staging/junit.xml` },
    });
    const { metadata, spec } = cluster.get<{
      metadata: { labels: Record<string, string> };
      spec: { ttlStrategy: object };
    }>('workflow', documentOf(one).workflow);
    expect(metadata.labels['fabrica/part']).toBe('tests');
    expect(spec.ttlStrategy).toEqual({ secondsAfterCompletion: 3600 });
  });

  it('say of a shard that died why, beside what the others found', async () => {
    await memory.ended();
    expect([await memory.code, memory.output]).toEqual([
      1,
      expect.stringContaining('out of memory: it may have 128Mi'),
    ]);
    expect(documentOf(memory)).toMatchObject({ tests: 3, failures: 1, errors: 1 });
  });

  it('end there, too, when they are interrupted', async () => {
    await slow.printed('sleeping');
    slow.interrupt();
    await slow.ended();
    expect([await slow.code, slow.output]).toEqual([
      130,
      expect.stringContaining('the tests in staging are ended'),
    ]);
    const workflow = slow.said(/workflow (\S+) in/);
    cluster.kubectl([
      'wait',
      `workflow/${workflow}`,
      '--for=jsonpath={.status.phase}=Failed',
      '--timeout=60s',
    ]);
    cluster.kubectl([
      'wait',
      'pods',
      `--selector=workflows.argoproj.io/workflow=${workflow}`,
      '--for=jsonpath={.status.phase}=Failed',
      '--timeout=60s',
    ]);
  });

  it('are refused while something is not committed', async () => {
    workspace.write(`${PROJECT}/tests/test_more.py`, '');
    const refused = await start().ended();
    expect([await refused.code, refused.output]).toEqual([
      1,
      expect.stringContaining('projects/rides is not committed as it is'),
    ]);
  });
});

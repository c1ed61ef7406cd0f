import { releaseWith, SLACK } from '../testing/release';
import { testWorkflow, type Tests } from './workflow';

const tests: Tests = {
  name: 'rides.tests-0f0f0f',
  shards: 3,
  mark: 'fabrica-report-0f',
  args: ['-k', 'gate'],
};

interface Template {
  readonly container: {
    readonly args: readonly string[];
    readonly env: readonly { readonly name: string; readonly value?: string }[];
    readonly resources: { readonly limits: { readonly memory: string } };
  };
  readonly dag: { readonly tasks: readonly { readonly withSequence: { readonly count: string } }[] };
}

function templates(
  settings = '',
  environment = '',
  more: Partial<Tests> = {},
): readonly [Template, Template] {
  const workflow = testWorkflow(releaseWith({ settings, environment, plans: [] }), { ...tests, ...more });
  return (workflow.spec as { templates: [Template, Template] }).templates;
}

it('is a workflow of restricted pods, one for each shard, that is removed by itself', () => {
  const workflow = testWorkflow(releaseWith(), tests);
  expect(workflow).toMatchObject({
    kind: 'Workflow',
    metadata: { name: tests.name, labels: { 'fabrica/project': 'rides', 'fabrica/part': 'tests' } },
    spec: {
      serviceAccountName: 'rides',
      automountServiceAccountToken: false,
      executor: { serviceAccountName: 'rides.executor' },
      podMetadata: { labels: { 'fabrica/project': 'rides' } },
      securityContext: { runAsNonRoot: true, runAsUser: 10001 },
      ttlStrategy: { secondsAfterCompletion: 3600 },
      templates: [
        { dag: { failFast: false, tasks: [{ withSequence: { count: '3' } }] } },
        {
          container: {
            image: expect.stringContaining('@sha256:') as string,
            securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
            resources: { limits: { memory: '1Gi' } },
          },
        },
      ],
    },
  });
});

it('has no store but its own, and no secret but those that are for all', () => {
  const secrets = `${SLACK.trimEnd().replace(/ }$/, '')}, PASSWORD: { secret: db, key: password, all: true } }\n`;
  const [, { container }] = templates('', secrets);
  const names = container.env.map(({ name }) => name);
  expect(names).toContain('PASSWORD');
  expect(names).not.toContain('SLACK_URL');
  expect(container.env.filter(({ name }) => name === 'FABRICA_STORE')).toEqual([
    { name: 'FABRICA_STORE', value: 'file:///tmp/store' },
  ]);
});

it('takes what fabrica.yaml says of its pods, and what it says of them there', () => {
  const settings = 'test: { memory: 2Gi }\nenvironments: { staging: { test: { cpu: 2, memory: 4Gi } } }\n';
  const [, { container }] = templates(settings);
  expect(container.resources).toEqual({
    limits: { memory: '4Gi' },
    requests: { cpu: '2', memory: '4Gi' },
  });
});

it('passes on what a person typed as it is: nothing in it is filled in on the way', () => {
  const args = ['-k', '{{x}} $(HOME) {{=1}}', 'tests/test_a.py::test_b[{{{a}}}]'];
  const [, { container }] = templates('', '', { args });
  const [given = ''] = container.args;
  expect(given).not.toMatch(/\{\{|\$\(/);
  expect(JSON.parse(given)).toEqual({ shards: 3, mark: tests.mark, args });
});

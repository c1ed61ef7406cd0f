import { compile } from './compile';
import type { Manifest } from './release';
import { planOf, releaseWith, SLACK, step } from './testing/release';

const NEW_DATA = `pipelines:
  train:
    schedule: { cron: '*/5 * * * *', when: new-data }
    resources: { load: { memory: 3Gi, nodeSelector: { pool: large } } }
`;
const TRIGGER = 'pipelines: { train: { trigger: true } }\n';

interface Container {
  readonly args: string[];
  readonly env: { name: string; value?: string }[];
  readonly resources: { requests: object };
}
interface Template {
  readonly name: string;
  readonly container: Container;
  readonly nodeSelector?: object;
  readonly dag?: { tasks: { name: string; when?: string }[] };
}

function compiled(settings: string): Manifest[] {
  const base = planOf();
  const plan = planOf({
    steps: base.steps.map((one) =>
      one.name === 'load' ? { ...one, secrets: ['SLACK_URL'], resources: { memory: '3Gi' } } : one,
    ),
  });
  const release = releaseWith({ plans: [plan], environment: SLACK, settings });
  return [...compile(release).values()].flat();
}

const named = (manifests: readonly Manifest[], kind: string, name: string): Manifest | undefined =>
  manifests.find((one) => one.kind === kind && one.metadata.name === name);
const specOf = (settings: string) =>
  named(compiled(settings), 'WorkflowTemplate', 'rides.train')?.spec as {
    arguments: { parameters: { name: string; value?: string }[] };
    templates: Template[];
  };
const template = (settings: string, name: string): Template =>
  specOf(settings).templates.find((one) => one.name === name) as Template;
const variables = (settings: string): Container['env'] => template(settings, 'open').container.env;

describe('a pipeline that runs when there is new data', () => {
  it('looks in the pod that opens the run, with what its first steps need', () => {
    const { container, nodeSelector } = template(NEW_DATA, 'open');
    expect(container.args.join(' ')).toContain(
      '--run $(FABRICA_RUN) --when {{workflow.parameters.fabrica-when}}',
    );
    expect(container.resources.requests).toEqual({ cpu: '500m', memory: '3Gi' });
    expect(nodeSelector).toEqual({ pool: 'large' });
    expect(variables(NEW_DATA).map(({ name }) => name)).toEqual(['FABRICA_RESERVED', 'SLACK_URL']);
  });

  it('starts no other task where there is none', () => {
    const [open, ...others] = template(NEW_DATA, 'run').dag?.tasks ?? [];
    expect(open).toEqual({ name: 'open', template: 'open' });
    expect(others.length).toBeGreaterThan(3);
    for (const { when } of others) expect(when).toBe("{{=tasks.open.outputs.result != 'unchanged'}}");
  });

  it('is asked to by its schedule, and by nobody else', () => {
    const cron = named(compiled(NEW_DATA), 'CronWorkflow', 'rides.train')?.spec as {
      workflowSpec: { arguments: { parameters: object[] } };
    };
    expect(cron.workflowSpec.arguments.parameters).toContainEqual({
      name: 'fabrica-when',
      value: 'new-data',
    });
    const own = specOf(NEW_DATA).arguments.parameters.find(({ name }) => name === 'fabrica-when');
    expect(own?.value).toBe('always');
  });
});

it('is as it was without any of that', () => {
  const settings = "pipelines: { train: { schedule: '@daily' } }\n";
  expect(template(settings, 'open').container.args).not.toContain('--when');
  expect(variables(settings).map(({ name }) => name)).toEqual(['FABRICA_RESERVED']);
  expect(template(settings, 'run').dag?.tasks.some(({ when }) => when)).toBe(false);
  expect(named(compiled(settings), 'ServiceAccount', 'rides.trigger')).toBeUndefined();
});

it('gives events an account that may create runs, and nothing else', () => {
  const manifests = compiled(TRIGGER);
  expect(named(manifests, 'ServiceAccount', 'rides.trigger')?.automountServiceAccountToken).toBe(false);
  expect(named(manifests, 'Role', 'rides.trigger')?.rules).toEqual([
    { apiGroups: ['argoproj.io'], resources: ['workflows'], verbs: ['create'] },
  ]);
  expect(named(manifests, 'RoleBinding', 'rides.trigger')?.subjects).toEqual([
    { kind: 'ServiceAccount', name: 'rides.trigger', namespace: 'science' },
  ]);
  expect(template(TRIGGER, 'open').container.args).toContain('--when');
});

it('tells each pod what it reserves', () => {
  const plan = planOf({
    steps: [step('load', { resources: { cpu: 2, memory: '1.5Gi', gpu: 1 } })],
    gate: null,
  });
  const manifests = [...compile(releaseWith({ plans: [plan] })).values()].flat();
  const { templates } = named(manifests, 'WorkflowTemplate', 'rides.train')?.spec as {
    templates: Template[];
  };
  const reserved = Object.fromEntries(
    templates.flatMap(({ name, container }) => {
      const value = container?.env?.find((one) => one.name === 'FABRICA_RESERVED')?.value;
      return value ? [[name, JSON.parse(value) as object]] : [];
    }),
  );
  expect(reserved).toEqual({
    open: { cpu: 0.5, memoryBytes: 2 ** 30, gpus: 0 },
    load: { cpu: 2, memoryBytes: 1.5 * 2 ** 30, gpus: 1 },
    close: { cpu: 0.5, memoryBytes: 2 ** 30, gpus: 0 },
  });
});

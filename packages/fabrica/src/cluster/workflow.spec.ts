import { compile } from './compile';
import { slug, type Manifest } from './release';
import { chunksOf, stagesOf } from './stages';
import type { Plan } from './plan';
import { planOf, releaseWith, SLACK, step } from './testing/release';

interface Task {
  readonly name: string;
  readonly depends?: string;
  readonly withSequence?: object;
}
interface Template {
  readonly name: string;
  readonly dag?: { readonly tasks: readonly Task[] };
}

function workflow(plan: Plan, settings = ''): Manifest {
  const release = releaseWith({ plans: [plan], environment: SLACK, settings });
  return [...compile(release).values()].flat().find(({ kind }) => kind === 'WorkflowTemplate') as Manifest;
}

const templates = (plan: Plan) => (workflow(plan).spec as { templates: Template[] }).templates;
const tasks = (plan: Plan, name: string): readonly Task[] =>
  templates(plan).find((template) => template.name === name)?.dag?.tasks ?? [];
const edges = (plan: Plan, name = 'run') =>
  Object.fromEntries(tasks(plan, name).map((task) => [task.name, task.depends]));

const values = (count: number) => Array.from({ length: count }, (_, index) => `a city of number ${index}`);
const many = (count: number, steps = 3): Plan =>
  planOf({
    gate: null,
    each: { parameter: 'borough', values: values(count) },
    steps: Array.from({ length: steps }, (_, index) =>
      step(`step_${index}`, { after: index ? [`step_${index - 1}`] : [] }),
    ),
  });

it('has an edge for each that the plan has', () => {
  const ended = '(each-load.Succeeded || each-load.Failed || each-load.Errored)';
  expect(edges(planOf())).toEqual({
    open: undefined,
    'each-load': 'open',
    summarise: ended,
    send: 'summarise',
    gate: ended,
  });
  expect(edges(planOf(), 'each-load')).toEqual({
    load: undefined,
    'train-model': 'load',
    evaluate: 'train-model && load',
  });
});

it('gathers in the middle, and goes on per value', () => {
  const steps = [
    step('load'),
    step('mean', { scope: 'once', after: ['load'] }),
    step('scale', { after: ['load', 'mean'] }),
    step('config', { scope: 'once' }),
    step('other', { after: ['config'] }),
  ];
  const stages = stagesOf({ steps }).map((stage) => stage.steps.map(({ name }) => name));
  expect(stages).toEqual([['load'], ['config'], ['mean'], ['other'], ['scale']]);
  expect(edges(planOf({ steps, gate: null }))).toMatchObject({
    'each-scale': '(each-load.Succeeded || each-load.Failed || each-load.Errored) && mean',
    'each-other': 'config',
  });
});

it('gives a value a pod of its own while they are few, and goes on after a failure where they share one', () => {
  expect(chunksOf(stagesOf(many(5)), 5)).toBe(5);
  expect(edges(many(5), 'each-step-0')).toMatchObject({ 'step-1': 'step-0' });
  expect(chunksOf(stagesOf(many(500)), 500)).toBe(28);
  expect(edges(many(500), 'each-step-0')).toMatchObject({
    'step-1': '(step-0.Succeeded || step-0.Failed || step-0.Errored)',
  });
});

it.each([
  [500, 3],
  [5000, 3],
  [500, 50],
])('of %i values and %i steps makes no object over 256 KiB, and few pods', (count, steps) => {
  const manifest = workflow(many(count, steps));
  expect(JSON.stringify(manifest).length).toBeLessThan(256 * 1024);
  const chunks = chunksOf(stagesOf(many(count, steps)), count);
  expect(chunks * (1 + 2 * steps)).toBeLessThan(450);
});

it('refuses values that no object can hold', () => {
  expect(() => workflow(many(15_000))).toThrow('WorkflowTemplate rides.train has');
});

it('gives parameters as fabrica.yaml has them, to be edited', () => {
  const plan = planOf({
    parameters: {
      ...planOf().parameters,
      since: parameter({ required: true, type: 'date' }),
      mode: parameter({ default: 'fast', type: 'Literal', jsonSchema: { enum: ['fast', 'good'] } }),
      limit: parameter({ default: null, type: 'int | None' }),
      made: parameter({ type: 'Settings' }),
    },
  });
  const { spec } = workflow(plan, 'pipelines: { train: { parameters: { depth: 9 } } }\n');
  const { parameters } = (spec as { arguments: { parameters: { name: string }[] } }).arguments;
  expect(parameters).toMatchObject([
    { name: 'depth', value: '9' },
    { name: 'limit', value: 'null' },
    { name: 'mode', value: 'fast', enum: ['fast', 'good'] },
    { name: 'since' },
    { name: 'borough', value: '["Queens","Bronx"]' },
    { name: 'fabrica-chunks', value: '3' },
    { name: 'fabrica-run', value: '' },
    { name: 'fabrica-trigger', value: 'person' },
  ]);
  expect(parameters[3]).not.toHaveProperty('value');
});

function parameter(more: Partial<Plan['parameters'][string]>): Plan['parameters'][string] {
  return {
    type: 'int',
    jsonSchema: {},
    required: false,
    steps: ['train_model'],
    file: 'src/rides/pipelines/train.py',
    line: 3,
    ...more,
  };
}

it('tells apart what is tried again from what is not', () => {
  const [retried, plain] = ['train-model', 'load'].map((name) =>
    templates(planOf()).find((template) => template.name === name),
  ) as unknown as { retryStrategy: { limit: number; expression: string } }[];
  expect(retried?.retryStrategy).toMatchObject({
    limit: 3,
    expression: expect.stringContaining("(lastRetry.exitCode == '1' && asInt(retries) < 3)"),
  });
  expect(plain?.retryStrategy.expression).not.toContain("exitCode == '1'");
});

describe('slug', () => {
  it('keeps names apart', () => {
    const names = [
      'load',
      'load_',
      '_load',
      'Load',
      'lo_ad',
      'lo__ad',
      'öl',
      'run',
      'a'.repeat(60),
      'a'.repeat(61),
    ];
    const taken = new Set(['run']);
    const found = names.map((name) => slug(name, taken));
    expect(new Set(found).size).toBe(names.length);
    for (const one of found) expect(one).toMatch(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/);
  });
});

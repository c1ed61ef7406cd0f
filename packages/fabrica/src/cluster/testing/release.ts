import { parseEnvironment, parseSettings } from '../../workspace';
import { parsePlan, type Plan, type PlanStep } from '../plan';
import type { Release } from '../release';

/** A release for tests: a pipeline per borough, with a gate, a summary and a step that wants a secret. */
export function releaseWith({
  settings = '',
  environment = '',
  plans = [planOf()],
  ...project
}: {
  readonly settings?: string;
  readonly environment?: string;
  readonly plans?: readonly Plan[];
  readonly service?: boolean;
  readonly app?: boolean;
} = {}): Release {
  return {
    project: {
      name: 'rides',
      module: 'rides',
      folder: 'projects/rides',
      service: false,
      app: false,
      settings: parseSettings('projects/rides/fabrica.yaml', `owner: me\n${settings}`),
      ...project,
    },
    environment: parseEnvironment('staging', `${ENVIRONMENT}${environment}`),
    image: `registry.example.com/science/rides@sha256:${'0'.repeat(64)}`,
    commit: 'c0ffee',
    plans,
  };
}

const ENVIRONMENT = `context: staging
namespace: science
registry: registry.example.com/science
store: s3://artifacts/science
`;

/** A step of a plan. */
export function step(name: string, more: Partial<PlanStep> = {}): PlanStep {
  return {
    name,
    file: 'src/rides/pipelines/train.py',
    line: 7,
    scope: 'each',
    after: [],
    parameters: [],
    secrets: [],
    resources: {},
    retries: 0,
    products: [{ name }],
    ...more,
  };
}

/** A plan as fabrica.pipelines writes it. */
export function planOf(more: Partial<Plan> = {}): Plan {
  return parsePlan(
    JSON.stringify({
      schema: 1,
      project: 'rides',
      pipeline: 'train',
      module: 'rides.pipelines.train',
      file: 'src/rides/pipelines/train.py',
      each: { parameter: 'borough', values: ['Queens', 'Bronx'], fallback: 'all' },
      parameters: {
        borough: { type: 'str', jsonSchema: { type: 'string' }, required: true, steps: ['load'] },
        depth: {
          type: 'int',
          jsonSchema: { type: 'integer' },
          required: false,
          default: 6,
          steps: ['train_model'],
          file: 'src/rides/pipelines/train.py',
          line: 12,
        },
      },
      steps: [
        step('load'),
        step('train_model', {
          after: ['load'],
          resources: { cpu: 2, memory: '2Gi' },
          retries: 3,
          timeoutSeconds: 1800,
          products: [{ name: 'model' }],
        }),
        step('evaluate', { after: ['train_model', 'load'], products: [{ name: 'metrics' }] }),
        step('summarise', { scope: 'once', after: ['evaluate'] }),
        step('send', { scope: 'once', after: ['summarise'], secrets: ['SLACK_URL'], products: [] }),
      ],
      gate: { entry: 'x:better', model: 'model', metrics: 'metrics', rejudge: ['evaluate'] },
      ...more,
    }),
  );
}

/** What the plan of {@link planOf} wants. */
export const SLACK = 'secrets: { SLACK_URL: { secret: slack, key: url } }\n';

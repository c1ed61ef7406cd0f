import type { ClusterDocument } from './cluster';
import { clusterReport } from './cluster-report';

const NOTHING: ClusterDocument = {
  schema: 1,
  project: 'rides',
  environment: 'staging',
  context: 'gke',
  namespace: 'science',
  release: null,
  releases: [],
  running: [],
  serving: [],
  silent: [],
  runs: [],
  logged: [],
  failures: [],
};
const RELEASE = {
  number: 4,
  state: 'deployed' as const,
  image: 'registry.example.com/science/rides@sha256:1',
  commit: '3f2a1c0d4b5e6f70',
  by: 'anna@desk',
  at: '2026-11-21T20:00:00.000Z',
  reason: null,
};

it('says that nothing is there, and how to put it there', () => {
  expect(clusterReport(NOTHING)).toBe(
    'Nothing of rides is in staging; npx nx run rides:deploy --environment=staging puts it there.',
  );
});

it('says what serves, what failed since, and what the last run raised', () => {
  const failed = { ...RELEASE, number: 5, state: 'failed' as const, reason: 'it crashed' };
  const report = clusterReport({
    ...NOTHING,
    release: RELEASE,
    releases: [failed, RELEASE],
    running: [{ name: 'rides-service', image: RELEASE.image, wanted: 2, available: 2, healthy: true }],
    serving: [
      {
        model: 'model',
        value: 'Queens',
        champion: { value: 'all', version: 2 },
        waiting: { value: 'all', version: 3 },
        pods: 2,
      },
    ],
    runs: [
      {
        run: 'r1',
        pipeline: 'train',
        workflow: 'w',
        outcome: 'failed',
        started: '2026-11-21T21:00:00Z',
        seconds: 12,
        message: null,
      },
    ],
    failures: [
      {
        run: 'r1',
        step: 'train',
        value: 'Queens',
        outcome: 'failed',
        error: {
          type: 'ValueError',
          message: 'no rides',
          frames: [{ file: 'src/rides/train.py', line: 8, function: 'train' }],
        },
      },
    ],
    logged: ['{"level":"error","message":"predict failed"}'],
  });
  const lines = report.split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'Release  4  commit 3f2a1c0d4b5e  by anna@desk  2026-11-21T20:00:00.000Z',
      `Release 5 failed at ${RELEASE.at}: it crashed`,
      `5               failed  3f2a1c0d4b5e  anna@desk  ${RELEASE.at}`,
      'rides-service  2 of 2  healthy',
      'model  Queens  all        2        2     version 3',
      'train Queens  in run r1',
      '    File "src/rides/train.py", line 8, in train',
      '  ValueError: no rides',
      '  npx nx run rides:run --environment=staging --follow --run=r1  all of that run',
      '  npx nx run rides:logs --environment=staging                   what the service wrote',
    ]),
  );
});

it('says what is spent of the budget, and why that can not be said', () => {
  const spent = { environment: 'staging', project: 'rides', budget: 100, cost: 12.345, currency: 'EUR' };
  const runs = [
    {
      run: '1',
      pipeline: 'train',
      workflow: 'w',
      outcome: 'running' as const,
      started: '',
      seconds: null,
      message: null,
    },
  ];
  const report = (more: Partial<ClusterDocument>): string => clusterReport({ ...NOTHING, runs, ...more });
  expect(report({ spent: { ...spent, state: 'within' } })).toContain(
    '\n\nBudget  12.35 of 100 EUR this month',
  );
  expect(report({ spent: { ...spent, cost: 100, state: 'over' } })).toContain(
    'its budget of 100 EUR is used up',
  );
  expect(report({ spentError: 'no credentials' })).toContain('\n\nno credentials');
});

import type { RunEnded } from './runs';
import { threeDigits, verdictTable } from './verdicts';

beforeAll(() => {
  process.env.NO_COLOR = '1';
});

const run = (verdicts: RunEnded['verdicts']): RunEnded => ({
  event: 'run-ended',
  run: 'r',
  outcome: 'succeeded',
  counts: {},
  seconds: 1,
  verdicts,
  pipeline: 'train',
  parameter: 'borough',
});

test('the table has a line per value: what was measured, decided and serves', () => {
  const lines = verdictTable(
    run([
      {
        model: 'model',
        value: 'Queens',
        outcome: 'promoted',
        metric: 'mae',
        reason: 'smaller error',
        candidate: { trips: 1240, mae: 4.1832, mae_low: 4, mae_high: 4.4 },
        production: { trips: 1240, mae: 5 },
        serving: { value: 'Queens', version: 2 },
      },
      {
        model: 'model',
        value: 'Bronx',
        outcome: 'skipped',
        reason: 'Bronx has 12 trips; 60 are needed\nmore',
        serving: { value: 'all', version: 1 },
      },
    ]),
  );
  expect(lines.join('\n').split('\n')).toEqual([
    '',
    'Model  model',
    'borough  trips  mae of candidate     of production  verdict   serving  reason',
    'Queens   1,240  4.18 (4.00 to 4.40)  5.00           promoted  v2       smaller error',
    'Bronx        –  –                    –              skipped   all v1   Bronx has 12 trips; 60 are needed',
  ]);
});

test('a run without a gate has no table', () => {
  expect(verdictTable(run([]))).toEqual([]);
});

test.each([
  [4.1832, '4.18'],
  [0.03124, '0.0312'],
  [1240.4, '1,240'],
  [0, '0'],
])('three digits of %d', (value, text) => {
  expect(threeDigits(value)).toBe(text);
});

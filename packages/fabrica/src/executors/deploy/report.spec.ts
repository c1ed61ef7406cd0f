import type { Deployed } from './executor';
import { summary } from './report';
import type { RunEnded } from './runs';

const run = (pipeline: string, proposal?: string): RunEnded => ({
  event: 'run-ended',
  run: '1',
  outcome: 'succeeded',
  counts: {},
  seconds: 1,
  verdicts: [],
  pipeline,
  proposal,
});

const deployed = (...runs: RunEnded[]): Deployed => ({
  schema: 1,
  project: 'bikes',
  packages: [],
  environment: 'installed',
  runs,
  service: { address: 'http://127.0.0.1:8000', outcome: 'started', pid: 1, port: 8000, serving: [] },
});

/** The commands under "Next". */
function next(report: string): string[] {
  const lines = report.split('\n');
  return lines.slice(lines.indexOf('Next') + 1).map((line) => line.trim().split(/ {2,}/)[0] as string);
}

beforeEach(() => {
  process.env.NO_COLOR = '1';
});

describe('the next commands', () => {
  it('hold a parameter of the pipeline to try', () => {
    expect(next(summary(deployed(run('train', 'iterations=30'))))).toEqual([
      'npx nx run bikes:status',
      'npx nx run bikes:deploy --set iterations=30',
      'npx nx run bikes:stop',
    ]);
  });

  it('name the pipeline that has the parameter, where there are several', () => {
    expect(next(summary(deployed(run('score'), run('train', 'iterations=30'))))).toContain(
      'npx nx run bikes:deploy --pipeline train --set iterations=30',
    );
  });

  it('name the logs where there is nothing to try', () => {
    expect(next(summary(deployed(run('train'))))).toContain('npx nx run bikes:logs');
  });

  it('can be pasted', () => {
    for (const one of [deployed(run('train', 'a=2')), deployed(run('train')), deployed()])
      expect(summary(one)).not.toMatch(/\b(NAME|VALUE|PROJECT)\b/);
  });
});

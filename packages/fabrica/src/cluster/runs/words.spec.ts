import { readWords } from './words';

it('takes options, the pipeline, and parameters as the runner does', () => {
  expect(
    readWords([
      ...['--overrides={"train":{}}', 'train', '--environment=staging', '--detach'],
      ...['--set', 'depth=4', '--max-depth=8', '--each', 'borough=Queens,Bronx', '--day', '2026-01-31'],
    ]),
  ).toMatchObject({
    pipeline: 'train',
    environment: 'staging',
    detach: true,
    json: false,
    typed: [
      '--set',
      'depth=4',
      '--set',
      'max_depth=8',
      '--each',
      'borough=Queens,Bronx',
      '--set',
      'day=2026-01-31',
    ],
  });
});

it.each([
  [['--jobs=3'], '--jobs is for a run on this machine'],
  [['train', 'score'], 'score is one word too many'],
  [['--set'], '--set has no value'],
])('refuses %j', (words, message) => {
  expect(() => readWords(words)).toThrow(message);
});

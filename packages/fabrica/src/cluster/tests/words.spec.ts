import { checkUncached } from './command';
import { readTestWords } from './words';

it('takes what is its own, and leaves the rest to pytest as it is', () => {
  expect(
    readTestWords([
      ...['--environment=staging', '-k', 'name and not slow', '--shards', '3', 'tests/test_a.py::test_b'],
      ...['--junitxml=out.xml', '--json', '--maxfail=2'],
    ]),
  ).toEqual({
    environment: 'staging',
    shards: 3,
    json: true,
    junit: 'out.xml',
    args: ['-k', 'name and not slow', 'tests/test_a.py::test_b', '--maxfail=2'],
  });
  expect(readTestWords(['--environment', 'staging'])).toEqual({
    environment: 'staging',
    json: false,
    junit: undefined,
    args: [],
  });
});

it.each([
  [['--shards=0'], '--shards=0 is no number of pods'],
  [['--shards=many'], '--shards=many is no number of pods'],
  [['--shards'], '--shards has no value'],
])('refuses %j', (words, message) => {
  expect(() => readTestWords(words)).toThrow(message);
});

it('asks for the way past the cache of Nx where Nx would keep the answer', () => {
  const task = { NX_TASK_HASH: '1', NX_TASK_TARGET_PROJECT: 'rides' };
  const words = { environment: 'staging' };
  const hint = 'npx nx run rides:test --environment=staging --skip-nx-cache';
  expect(() => checkUncached(task, words)).toThrow(expect.objectContaining({ code: 'cached', hint }));
  expect(() => checkUncached({ ...task, NX_SKIP_NX_CACHE: 'true' }, words)).not.toThrow();
  expect(() => checkUncached({}, words)).not.toThrow();
});

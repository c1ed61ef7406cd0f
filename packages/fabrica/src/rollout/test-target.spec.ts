import { testWords } from './test-target';

describe('the command of a target test', () => {
  const words = (command: string) => testWords({ options: { command } });

  it('is that of the plugin, with what the project adds', () => {
    expect(testWords({ command: 'node node_modules/fabrica/bin/env.cjs projects/churn -- pytest' })).toEqual([
      'pytest',
    ]);
    expect(words(`node bin/env.cjs projects/churn -- pytest -m "not slow" -k 'a b'`)).toEqual([
      'pytest',
      '-m',
      'not slow',
      '-k',
      'a b',
    ]);
    expect(testWords(undefined)).toEqual(['pytest']);
  });

  it.each([
    'make test',
    'node bin/env.cjs projects/p -- pytest && echo',
    'node bin/env.cjs projects/p -- ruff -- pytest',
  ])('can not be taken over when it is %s', (command) => expect(words(command)).toBeUndefined());
});

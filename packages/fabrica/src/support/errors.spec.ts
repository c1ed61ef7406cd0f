import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FabricaError, FabricaErrors, formatError } from './errors';
import { rememberSecret } from './secrets';

beforeAll(() => {
  process.env.NO_COLOR = '1';
});

it('hints hold names, not placeholders: they are pasted', () => {
  const sources = join(__dirname, '..');
  const lines = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .flatMap((file) => readFileSync(join(sources, file), 'utf8').split('\n'));
  expect(lines.length).toBeGreaterThan(1000);
  const code = lines.filter((line) => !/^\s*(\/\/|\/?\*)/.test(line));
  expect(
    code.filter((line) => /\bnx (run|g) .*\b(PROJECT|PACKAGE|NAME|TARGET|VALUE|PIPELINE)\b/.test(line)),
  ).toEqual([]);
});

describe('formatError', () => {
  it('says what is wrong, where, and what to type, without a stack', () => {
    const error = new FabricaError('lock-stale', 'pandas is not pinned', {
      hint: 'npx nx run p:lock',
      place: { file: '/w/projects/p/pyproject.toml', line: 12 },
    });
    expect(formatError(error, { from: '/w' })).toBe(
      'error: projects/p/pyproject.toml:12: pandas is not pinned\n  try npx nx run p:lock\n',
    );
  });

  it('does not repeat a place that the message begins with', () => {
    const error = new FabricaError('x', 'a.yaml:3: unknown key', { place: { file: '/w/a.yaml', line: 3 } });
    expect(formatError(error, { from: '/w' })).toBe('error: a.yaml:3: unknown key\n');
  });

  it('shows all of several', () => {
    const errors = new FabricaErrors([new FabricaError('a', 'one'), new FabricaError('b', 'two')]);
    expect(formatError(errors)).toBe('error: one\nerror: two\n');
  });

  it('shows stack and cause when asked, and always for a defect', () => {
    const error = new FabricaError('a', 'one', { cause: new Error('inner') });
    expect(formatError(error, { verbose: true })).toMatch(/errors\.spec\.ts[\s\S]*caused by Error: inner/);
    expect(formatError(new TypeError('oops'))).toMatch(/TypeError: oops\n\s+at /);
  });

  it('never shows a secret', () => {
    rememberSecret('correct-horse');
    expect(formatError(new FabricaError('a', 'correct-horse', { hint: 'use correct-horse' }))).not.toContain(
      'correct-horse',
    );
  });
});

import { withoutUnsafeAdvice } from './uv';

test('what uv says of a version that the private index lacks stays, its unsafe way out goes', () => {
  const said = [
    'error: No solution found when resolving dependencies',
    '',
    'hint: `six` was found on http://127.0.0.1:8765/simple/, but not at the requested version. By default, uv will only consider the first index, to avoid dependency confusion attacks. If all indexes are equally trusted, use `--index-strategy unsafe-best-match` to consider all versions from all indexes.',
    '',
  ].join('\n');
  expect(withoutUnsafeAdvice(said)).toBe(said.replace(/ If all indexes.*/, ''));
  expect(withoutUnsafeAdvice(said)).toContain('dependency confusion attacks.\n');
});

import { withoutUnsafeAdvice } from './uv';

test('what uv says of a version that the private index lacks stays, its unsafe way out goes', () => {
  const said = [
    'error: No solution found when resolving dependencies',
    '  cause: Because there is no version of six==99 and you require six==99, we can conclude that …',
  ].join('\n');
  const hint =
    'hint: `six` was found on http://127.0.0.1:8765/simple/, but not at the requested version (six==99). By default, uv will only consider versions that are published on the first index that contains a given package, to avoid dependency confusion attacks. If all indexes are equally trusted, use `--index-strategy unsafe-best-match` to consider all versions from all indexes, regardless of the order in which they were defined.';
  const other = 'hint: `six` was requested with a pre-release marker';
  expect(withoutUnsafeAdvice(`${said}\n\n${hint}\n`)).toBe(`${said}\n`);
  expect(withoutUnsafeAdvice(`${said}\n\n${hint}\n\n${other}\n`)).toBe(`${said}\n\n${other}\n`);
});

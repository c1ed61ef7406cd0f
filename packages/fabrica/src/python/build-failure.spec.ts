import { buildEssence, buildHint, unbuildable } from './build-failure';

const SAID = `error: Failed to build \`pandas==1.1.5\`
  cause: The build backend returned an error

         [stderr]
         Traceback (most recent call last):
           File "<string>", line 14, in <module>
           File "<string>", line 19, in <module>
         ModuleNotFoundError: No module named 'pkg_resources'

hint: This error likely indicates that \`pandas@1.1.5\` depends on \`pkg_resources\`
`;

describe('a version that can only be built, and not here', () => {
  it('is told by its name, and by what the build said last', () => {
    expect(unbuildable(SAID)).toEqual({ name: 'pandas', version: '1.1.5' });
    const told = buildEssence(SAID).split('\n');
    expect(told).toHaveLength(4);
    expect(told[0]).toBe('Failed to build `pandas==1.1.5`');
    expect(told.at(-1)).toContain("No module named 'pkg_resources'");
  });

  it('has a way out', () => {
    const hint = buildHint({ name: 'pandas', version: '1.1.5' }, 'churn');
    expect(hint).toContain('npx nx run churn:lock --upgrade=pandas');
    expect(hint).toContain('pandas>=1.1.5');
  });
});

it('another failure stays as it is said', () => {
  expect(unbuildable('error: no route to host')).toBeUndefined();
  expect(buildEssence('error: no route to host')).toBe('error: no route to host');
});

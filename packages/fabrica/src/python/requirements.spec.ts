import { canonical, normalise, parseLock, parseRequirement, type Requirement } from './requirements';

const hash = (letter: string): string => letter.repeat(64);

test('parseLock reads pins with their hashes and markers', () => {
  const text = [
    'Fabrica_Storage==0.1.0 \\',
    `    --hash=sha256:${hash('a')} \\`,
    `    --hash=sha256:${hash('b')}`,
    '    # via p',
    `numpy==2.4.6 ; python_full_version < '3.12' \\`,
    `    --hash=sha256:${hash('c')}`,
    '',
  ].join('\n');
  expect(parseLock(text)).toEqual([
    { name: 'fabrica-storage', version: '0.1.0', hashes: [hash('a'), hash('b')], marker: undefined, line: 1 },
    { name: 'numpy', version: '2.4.6', hashes: [hash('c')], marker: "python_full_version < '3.12'", line: 5 },
  ]);
});

test('parseLock reads what stands on one line', () => {
  const text = [
    `pandas==2.0 --hash=sha256:${hash('a')} --hash=sha256:${hash('b')}`,
    `numpy==2.4.6 ; python_version < '3.12' --hash=sha256:${hash('c')} \\`,
    `    --hash=sha256:${hash('d')}`,
    'pytest==9.0  # via p',
    `-e ../bikes --hash=sha256:${hash('e')}`,
  ].join('\r\n');
  expect(parseLock(text).map(({ line: _line, ...pin }) => pin)).toEqual([
    { name: 'pandas', version: '2.0', hashes: [hash('a'), hash('b')], marker: undefined },
    { name: 'numpy', version: '2.4.6', hashes: [hash('c'), hash('d')], marker: "python_version < '3.12'" },
    { name: 'pytest', version: '9.0', hashes: [], marker: undefined },
  ]);
});

test('parseRequirement reads names, specifiers and markers', () => {
  expect(parseRequirement('pandas[parquet] >=2.2,<4 ; python_version < "3.13"')).toEqual({
    name: 'pandas',
    extras: ['parquet'],
    specifier: '>=2.2,<4',
    marker: 'python_version < "3.13"',
  });
  expect(parseRequirement('fabrica-storage @ https://example.com/x.whl')).toMatchObject({
    name: 'fabrica-storage',
    specifier: '',
    url: 'https://example.com/x.whl',
  });
  expect(parseRequirement('>=2')).toBeUndefined();
});

test.each([
  ['Pandas [SQL, parquet] >=2, <3', 'pandas[parquet,sql]<3,>=2'],
  ["six ;  python_version<'3.12'", 'six; python_version<"3.12"'],
])('canonical gives %s and %s one text', (one, other) => {
  const text = (requirement: string) => canonical(parseRequirement(requirement) as Requirement);
  expect(text(one)).toBe(text(other));
});

test('normalise', () => {
  expect(normalise('Fabrica.Storage__X')).toBe('fabrica-storage-x');
});

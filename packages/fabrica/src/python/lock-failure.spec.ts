import { relative } from 'node:path';
import { folderWith } from '../workspace/testing/folder';
import { unknownDependencies } from './lock-failure';

const root = folderWith({
  'packages/calendar/pyproject.toml': '[project]\nname = "fabrica-calendar"\nversion = "0.1.0"\n',
  'projects/p/pyproject.toml': [
    '[project]',
    'name = "p"',
    'version = "0.1.0"',
    'dependencies = [',
    '  "six>=99",',
    '  "Panda.S>=2",',
    '  "fabrica-calender==0.1.0",',
    ']',
    '[dependency-groups]',
    'dev = ["rufff"]',
  ].join('\n'),
});

/** What uv says, as it says it. */
const because = (reason: string): string =>
  `error: No solution found when resolving dependencies\n  cause: Because ${reason}, we can conclude that your requirements are unsatisfiable.\n`;

/** Each as it is shown: line, message, way out. */
const told = (said: string): (string | number | undefined)[][] =>
  unknownDependencies(root, 'projects/p', said).map(({ place, message, hint }) => [
    relative(root, place?.file ?? ''),
    place?.line,
    message,
    hint,
  ]);

const FILE = 'projects/p/pyproject.toml';

test('a name that no index has is told with its line', () => {
  expect(told(because('panda-s was not found in the package registry and p depends on panda-s>=2'))).toEqual([
    [FILE, 6, 'Panda.S>=2: no index has a package panda-s', `correct the name in ${FILE}:6`],
  ]);
  expect(told(because('rufff was not found in the package registry and you require rufff'))).toEqual([
    [FILE, 10, 'rufff: no index has a package rufff', `correct the name in ${FILE}:10`],
  ]);
});

test('a slip in the name of a shared package is told with the name that was meant', () => {
  const said = because(
    'fabrica-calender was not found in the package registry and p depends on fabrica-calender==0.1.0',
  );
  expect(told(said)[0]?.[2]).toBe(
    'fabrica-calender==0.1.0: no index has a package fabrica-calender; did you mean "fabrica-calendar"?',
  );
});

test('a version that there is not is told with its line', () => {
  expect(told(because('only six<=1.17.0 is available and p depends on six>=99'))).toEqual([
    [
      FILE,
      5,
      'six>=99 is wanted, but only six<=1.17.0 is available',
      `write a version that exists in ${FILE}:5`,
    ],
  ]);
  expect(told(because('there is no version of six==99 and p depends on six==99'))[0]?.[2]).toBe(
    'six>=99: there is no such version',
  );
});

test.each([
  ['versions that exclude each other', because('p depends on six<1.0 and six>1.10')],
  [
    'a package that another one needs',
    because('nope was not found in the package registry and a==1 depends on nope'),
  ],
  [
    'an index that refuses: it may have the package',
    `${because('panda-s was not found in the package registry and p depends on panda-s>=2')}\nhint: An index (http://127.0.0.1/) returned a 403 Forbidden error.\n`,
  ],
])("%s is left to uv's own words", (_case, said) => {
  expect(told(said)).toEqual([]);
});

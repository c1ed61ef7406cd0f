import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { folderWith, pyproject } from '../workspace/testing/folder';
import { conflicts, mergedPins, readLayers } from './layers';
import { describeConflicts, warningOf } from './report';

interface Content {
  readonly uses?: string;
  readonly dependencies?: readonly string[];
  readonly lock?: readonly string[];
  readonly dev?: readonly string[];
}

/** A workspace of locked projects; `dev` is what development pins beside `lock`. */
function workspace(projects: Readonly<Record<string, Content>>): string {
  const files = Object.entries(projects).map(
    ([name, { uses = '', dependencies = [], lock = [], dev = [] }]) => {
      const folder = `projects/${name}`;
      return {
        [`${folder}/fabrica.yaml`]: `owner: me\nexperiments: { uses: [${uses}] }\n`,
        [`${folder}/pyproject.toml`]: pyproject(name, `dependencies = ${JSON.stringify(dependencies)}\n`),
        [`${folder}/requirements.txt`]: lock.map((pin) => `${pin}\n`).join(''),
        [`${folder}/requirements-dev.txt`]: [...lock, ...dev].map((pin) => `${pin}\n`).join(''),
      };
    },
  );
  return folderWith(Object.assign({ 'nx.json': '{}' }, ...files) as Record<string, string>);
}

const merged = (root: string) =>
  mergedPins(readLayers(root, 'projects/bikes')).map(
    ({ name, version, marker }) => `${name}==${version}${marker ? ` ; ${marker}` : ''}`,
  );

const warning = (root: string) => stripVTControlCharacters(warningOf(root, 'projects/bikes'));

it('experiments have what the project pins for development, and of others what it does not pin', () => {
  const root = workspace({
    bikes: { uses: 'weather, events', lock: ['pandas==2.3.0'], dev: ['pytest==9.0'] },
    weather: { lock: ['numpy==2.0', 'pandas==2.2.0'], dev: ['ruff==0.9'] },
    events: { lock: ['numpy==2.1', 'humanize==4.0'] },
  });
  expect(merged(root)).toEqual(['pandas==2.3.0', 'pytest==9.0', 'numpy==2.0', 'humanize==4.0']);
});

it('a pin for some platforms does not keep the same version from the others', () => {
  const root = workspace({
    bikes: { uses: 'weather', lock: ["colorama==0.4 ; sys_platform == 'win32'", 'six==1.17'] },
    weather: { lock: ['colorama==0.4', 'six==1.17'] },
  });
  expect(merged(root)).toEqual(["colorama==0.4 ; sys_platform == 'win32'", 'colorama==0.4', 'six==1.17']);
  expect(warning(root)).toBe('');
});

it('says which versions differ, whose is taken, and what to type', () => {
  const root = workspace({
    bikes: { uses: 'weather', dependencies: ['numpy', 'pandas'], lock: ['numpy==1.26', 'pandas==3.0'] },
    weather: { dependencies: ['pandas>=2,<3'], lock: ['numpy==2.0', 'pandas==2.2'] },
  });
  expect(warning(root)).toBe(
    [
      'warning: 2 versions differ between bikes and the projects that its experiments use',
      '  distribution  experiments have  instead of',
      '  numpy         1.26 of bikes     2.0 in weather',
      '  pandas        3.0 of bikes      2.2 in weather, which wants >=2,<3 and may fail',
      '  try allow pandas 3.0 in projects/weather/pyproject.toml:5',
      '      npx nx run bikes:lock --upgrade=numpy',
      '      npx nx run weather:lock --upgrade=pandas',
    ].join('\n'),
  );
});

it('compares the projects that are used with each other, too', () => {
  const root = workspace({
    bikes: { uses: 'weather, events' },
    weather: { lock: ['numpy==2.0'] },
    events: { lock: ['numpy==2.1'] },
  });
  expect(conflicts(root, readLayers(root, 'projects/bikes'))).toEqual([
    {
      name: 'numpy',
      taken: { project: 'weather', version: '2.0' },
      left: { project: 'events', version: '2.1' },
      refusedBy: undefined,
    },
  ]);
  expect(describeConflicts(root, 'bikes', [])).toBe('');
});

it('a lock that is out of step is told with its project', () => {
  const root = workspace({ bikes: { uses: 'weather' }, weather: { dependencies: ['pandas'] } });
  expect(warning(root)).toMatch(
    /^warning: projects\/weather\/pyproject\.toml:5: pandas is not in requirements\.txt\n {2}try npx nx run weather:lock$/,
  );
  expect(() => readLayers(root, 'projects/bikes')).toThrow(
    expect.objectContaining({
      code: 'lock-stale',
      place: { file: join(root, 'projects/weather/pyproject.toml'), line: 5 },
    }),
  );
});

it.each([[{ bikes: {} }], [{ bikes: { uses: '' }, weather: { lock: ['numpy==2.0'] } }]])(
  'nothing is compared where nothing is used',
  (projects) => {
    expect(warning(workspace(projects))).toBe('');
  },
);

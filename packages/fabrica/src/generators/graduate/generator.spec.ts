import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { commit, commitFiles, contents, generate, git, workspaceWith } from '../testing/workspace';
import graduateGenerator from './generator';

const graduate = (root: string, modules: string, to = 'weather', more?: { dry: boolean }) =>
  generate(root, graduateGenerator, { modules, to, skipLock: true }, more);

interface Manifest {
  project: { version: string; dependencies: string[] };
  'dependency-groups': { dev: string[] };
  tool: { uv: { sources: Record<string, unknown> } };
}

const manifest = (root: string, folder: string) =>
  parse(contents(root, folder)['pyproject.toml'] as string) as unknown as Manifest;

const OTHER = {
  'projects/cars/fabrica.yaml': 'owner: "@acme/team"\nexperiments: { uses: [bikes] }\n',
  'projects/cars/experiments/a.py': 'from bikes import features\nfrom bikes.data import read_rentals\n',
};

describe('into a new package', () => {
  it('moves the module, its tests and what it needs; who uses it imports it from there', async () => {
    const root = await workspaceWith({ bikes: { service: true }, cars: {} });
    commitFiles(root, OTHER);
    const before = contents(root, 'projects/bikes');
    const said = await graduate(root, 'bikes.features');
    const [bikes, weather] = ['projects/bikes', 'packages/weather'].map((one) => contents(root, one));
    expect(weather['src/fabrica/weather/features.py']).toBe(before['src/bikes/features.py']);
    expect(weather['tests/test_features.py']).toBe(
      before['tests/test_features.py']?.replace('from bikes.features', 'from fabrica.weather.features'),
    );
    expect(Object.keys(weather)).not.toContain('src/fabrica/weather/_clip.py');
    expect(Object.keys(bikes)).not.toContain('src/bikes/features.py');
    expect(Object.keys(bikes)).not.toContain('tests/test_features.py');
    for (const file of ['src/bikes/service.py', 'tests/test_service.py', 'src/bikes/pipelines/train.py'])
      expect(bikes[file]).toContain('from fabrica.weather.features import');
    expect(bikes['notebooks/explore.ipynb']).toContain(
      '"from fabrica.weather.features import FEATURES, TARGET',
    );
    expect(contents(root, 'projects/cars')['experiments/a.py']).toBe(
      'from fabrica.weather import features\nfrom bikes.data import read_rentals\n',
    );
    expect(manifest(root, 'packages/weather')).toMatchObject({
      project: { version: '0.1.0', dependencies: ['pandas>=2.2,<4'] },
      'dependency-groups': { dev: expect.arrayContaining(['pandas-stubs', 'pytest']) },
    });
    for (const user of ['projects/bikes', 'projects/cars']) {
      expect(manifest(root, user).project.dependencies).toContain('fabrica-weather==0.1.0');
      expect(manifest(root, user).tool.uv.sources).toMatchObject({ 'fabrica-weather': { index: 'fabrica' } });
    }
    expect(said).toMatch(/What moved is still named here: projects\/bikes\/README\.md:\d+\n/);
    expect(said).toMatch(
      /Next:\n {2}npx nx run weather:lock\n[^]*weather:publish\n {2}npx nx run bikes:lock\n/,
    );
    git(root, 'add', '--all');
    expect(git(root, 'diff', '--cached', '-M', '--summary')).toMatch(/rename .*features\.py \(100%\)/);
  });

  it('does nothing the second time, and nothing when it is only asked', async () => {
    const root = await workspaceWith({ bikes: {} });
    await graduate(root, 'bikes.features', 'weather', { dry: true });
    expect(git(root, 'status', '--porcelain')).toBe('');
    await graduate(root, 'bikes.features');
    commit(root);
    expect(await graduate(root, 'bikes.features')).toContain('bikes.features: in packages/weather already');
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  it('moves a subpackage with its data, and keeps what is relative in it', async () => {
    const root = await workspaceWith({ 'city-bikes': {} });
    commitFiles(root, {
      'projects/city-bikes/src/city_bikes/geo/__init__.py':
        'from .points import near\nfrom ..units import km\n',
      'projects/city-bikes/src/city_bikes/geo/points.py': 'def near(): ...\n',
      'projects/city-bikes/src/city_bikes/geo/points.csv': 'a,b\n',
      'projects/city-bikes/src/city_bikes/units.py': 'km = 1\n',
      'projects/city-bikes/src/city_bikes/use.py': 'from . import geo, data\nfrom .geo.points import near\n',
    });
    await graduate(root, 'city-bikes.geo,city-bikes.units', 'places');
    const places = contents(root, 'packages/places');
    expect(places['src/fabrica/places/geo/__init__.py']).toBe(
      'from .points import near\nfrom ..units import km\n',
    );
    expect(places['src/fabrica/places/geo/points.csv']).toBe('a,b\n');
    expect(places['tests/test_imports.py']).toContain('["fabrica.places.geo", "fabrica.places.units"]');
    expect(contents(root, 'projects/city-bikes')['src/city_bikes/use.py']).toBe(
      'from fabrica.places import geo\nfrom . import data\nfrom fabrica.places.geo.points import near\n',
    );
    expect(existsSync(join(root, 'projects/city-bikes/src/city_bikes/geo'))).toBe(false);
  });

  it('leaves tests that test more', async () => {
    const root = await workspaceWith({ bikes: {} });
    commitFiles(root, {
      'projects/bikes/tests/test_both.py': 'from bikes import data, features\n',
      'projects/bikes/tests/test_file.py': 'from bikes.features import FEATURES\nopen("data/rentals.csv")\n',
    });
    await graduate(root, 'bikes.features');
    const bikes = contents(root, 'projects/bikes');
    expect(bikes['tests/test_both.py']).toBe(
      'from fabrica.weather import features\nfrom bikes import data\n',
    );
    expect(bikes['tests/test_file.py']).toContain('from fabrica.weather.features');
  });
});

describe('into a package that is there', () => {
  it('raises its version when that was published, and moves the pins', async () => {
    const root = await workspaceWith({ bikes: {} });
    await graduate(root, 'bikes.features');
    commitFiles(root, {
      'packages/weather/releases/0.1.0.json': '{}',
      'projects/bikes/src/bikes/units.py': 'KM = 1\n',
      'projects/bikes/src/bikes/use.py': 'from bikes.units import KM\n',
    });
    await graduate(root, 'bikes.units');
    expect(manifest(root, 'packages/weather').project.version).toBe('0.2.0');
    expect(manifest(root, 'projects/bikes').project.dependencies).toContain('fabrica-weather==0.2.0');
    expect(contents(root, 'projects/bikes')['src/bikes/use.py']).toBe(
      'from fabrica.weather.units import KM\n',
    );
  });

  it('overwrites nothing', async () => {
    const root = await workspaceWith({ bikes: {} });
    commitFiles(root, {
      'packages/weather/pyproject.toml':
        '[project]\nname = "fabrica-weather"\nversion = "0.1.0"\ndependencies = []\n',
      'packages/weather/src/fabrica/weather/features.py': '',
    });
    await expect(graduate(root, 'bikes.features')).rejects.toThrow('features.py exists already');
    expect(git(root, 'status', '--porcelain')).toBe('');
  });
});

describe('refuses', () => {
  it.each([
    ['a project that is not there', 'bike.features', 'did you mean "bikes"'],
    ['a module that is not there', 'bikes.feature', 'did you mean "bikes.features"'],
    ['no module', 'bikes', 'npx nx g fabrica:graduate bikes.features'],
    ['a pipeline', 'bikes.pipelines.train', 'bikes.pipelines.train belongs to the project'],
    [
      'a module that needs another',
      'bikes.shared',
      'projects/bikes/src/bikes/shared.py:1: imports bikes.data.read_rentals',
    ],
    ['a dependency that is not declared', 'bikes.plots', 'npx nx run bikes:install'],
  ])('%s', async (_, modules, message) => {
    const root = await workspaceWith({ bikes: {} });
    commitFiles(root, {
      'projects/bikes/src/bikes/shared.py': 'from .data import read_rentals\n',
      'projects/bikes/src/bikes/plots.py': 'import matplotlib\n',
    });
    await expect(graduate(root, modules)).rejects.toThrow(message);
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  it('what an environment says is not declared', async () => {
    const root = await workspaceWith({ bikes: {} });
    const site = 'projects/bikes/.venv/lib/python3.11/site-packages';
    commitFiles(root, {
      'projects/bikes/src/bikes/plots.py': 'import sklearn.metrics\nimport numpy\n',
      [`${site}/scikit_learn-1.6.dist-info/METADATA`]: 'Name: scikit-learn\n',
      [`${site}/scikit_learn-1.6.dist-info/RECORD`]: 'sklearn/__init__.py,,\n',
      [`${site}/numpy-2.dist-info/METADATA`]: 'Name: numpy\n',
      [`${site}/numpy-2.dist-info/RECORD`]: 'numpy/__init__.py,,\n',
    });
    await expect(graduate(root, 'bikes.plots')).rejects.toThrow(
      'plots.py:2: imports numpy, which no dependency in projects/bikes/pyproject.toml brings',
    );
  });
});

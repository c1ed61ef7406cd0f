import { layoutPath, zoneOf } from './layout';

test.each([
  ['src/bikes/pipelines/train.py', 'production'],
  ['src/bikes/datasets/trips.ipynb', 'production'],
  ['tests/test_train.py', 'test'],
  ['notebooks/explore.ipynb', 'experiment'],
  ['experiments/new.py', 'experiment'],
  ['pyproject.toml', 'production'],
])('%s is %s', (path, zone) => {
  expect(zoneOf(path)).toBe(zone);
});

test('layoutPath', () => {
  expect(layoutPath('pipeline', { module: 'bikes', name: 'train' })).toBe('src/bikes/pipelines/train.py');
  expect(layoutPath('service', { module: 'bikes' })).toBe('src/bikes/service.py');
});

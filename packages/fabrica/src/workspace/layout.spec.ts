import { layoutPath } from './layout';

test('layoutPath', () => {
  expect(layoutPath('pipeline', { module: 'bikes', name: 'train' })).toBe('src/bikes/pipelines/train.py');
  expect(layoutPath('service', { module: 'bikes' })).toBe('src/bikes/service.py');
});

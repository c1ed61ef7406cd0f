import { uncached } from './uncached';

it.each([
  ['run bikes:test --environment=staging'],
  ['test bikes --environment staging --shards=2'],
  ['run-many -t lint,test --environment=staging'],
  ['affected --target=test --environment=staging'],
])('keeps Nx from its cache for nx %s', (words) => {
  expect(uncached(['node', '/w/node_modules/.bin/nx', ...words.split(' ')])).toEqual({
    NX_SKIP_NX_CACHE: 'true',
  });
});

it.each([
  ['run bikes:test'],
  ['affected -t test lint'],
  ['run bikes:deploy --environment=staging'],
  ['run bikes:test-image --environment=staging'],
])('leaves it as it is for nx %s', (words) => {
  expect(uncached(['node', '/w/node_modules/.bin/nx', ...words.split(' ')])).toEqual({});
});

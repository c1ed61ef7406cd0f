import { folderWith } from '../../workspace/testing/folder';
import { defaultShards, shardsFor, testsIn } from './shards';

it('takes one pod for a small suite, and more the more tests there are', () => {
  expect([0, 1, 200, 201, 1000, 100_000].map(shardsFor)).toEqual([1, 1, 1, 2, 5, 8]);
});

it('counts tests as they are written', () => {
  expect(
    testsIn(
      'def test_a():\n    def test_inner(): ...\nclass TestB:\n    async def test_c(self): ...\ndef other(): ...',
    ),
  ).toBe(3);
});

it('counts those of all files that pytest collects', () => {
  const many = (count: number): string =>
    Array.from({ length: count }, (_none, index) => `def test_${index}(): ...`).join('\n');
  const root = folderWith({
    'tests/test_a.py': many(150),
    'tests/deep/b_test.py': many(150),
    'tests/conftest.py': many(300),
    'src/rides/test_c.py': many(300),
  });
  expect(defaultShards(root)).toBe(2);
});

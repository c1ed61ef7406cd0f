import { resolveRelative } from './index';

test.each([
  ['import of a module', { level: 0, module: 'pandas' }, 'bikes/a.py', 'pandas'],
  ['sibling', { level: 1, module: 'b' }, 'bikes/a.py', 'bikes.b'],
  ['the package itself', { level: 1, module: '' }, 'bikes/a.py', 'bikes'],
  ['from the package', { level: 1, module: 'b' }, 'bikes/__init__.py', 'bikes.b'],
  ['one up', { level: 2, module: 'data.x' }, 'bikes/pipelines/train.py', 'bikes.data.x'],
  ['on Windows', { level: 2, module: 'data' }, 'bikes\\pipelines\\train.py', 'bikes.data'],
  ['out of the top', { level: 3, module: 'x' }, 'bikes/pipelines/train.py', undefined],
  ['at the top', { level: 1, module: 'x' }, 'a.py', undefined],
  ['a named package', { level: 2, module: 'x', package: 'a.b' }, 'bikes/a.py', 'a.x'],
])('%s', (_, one, file, expected) => expect(resolveRelative(one, file)).toBe(expected));

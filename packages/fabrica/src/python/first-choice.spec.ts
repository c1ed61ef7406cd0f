import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith, writeFiles } from '../workspace/testing/folder';
import { forgetFirstChoice, hasFirstChoice, keepFirstChoice, preferFirstChoice } from './first-choice';

const VERSIONS = new Map([
  ['pandas', '1.5.3'],
  ['six', '1.16.0'],
]);

it('the versions of before stand where the first lock will, until there is one', () => {
  const at = folderWith({});
  keepFirstChoice(at, VERSIONS);
  preferFirstChoice(at);
  for (const lock of ['requirements.txt', 'requirements-dev.txt'])
    expect(readFileSync(join(at, lock), 'utf8')).toBe('pandas==1.5.3\nsix==1.16.0\n');
  writeFiles(at, { 'requirements.txt': 'six==1.17.0\n' });
  preferFirstChoice(at);
  expect(readFileSync(join(at, 'requirements.txt'), 'utf8')).toBe('six==1.17.0\n');
  forgetFirstChoice(at);
  expect(hasFirstChoice(at)).toBe(false);
});

it('nothing is kept of nothing', () => {
  const at = folderWith({});
  keepFirstChoice(at, new Map());
  preferFirstChoice(at);
  expect(hasFirstChoice(at)).toBe(false);
  expect(existsSync(join(at, 'requirements.txt'))).toBe(false);
});

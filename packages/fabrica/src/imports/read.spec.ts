import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readImports } from './index';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'fabrica-imports-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a file is read as its name says', () => {
  const cells = [{ cell_type: 'code', source: '%cd x\nimport a' }];
  for (const [name, text] of [
    ['a.py', 'import a'],
    ['a.pyi', 'import a'],
    ['a.ipynb', JSON.stringify({ metadata: {}, cells })],
  ] as const) {
    writeFileSync(join(folder, name), text);
    expect(readImports(join(folder, name))).toMatchObject({ imports: [{ module: 'a' }] });
  }
});

test('a file that is not there is an error, not an empty list', () => {
  expect(() => readImports(join(folder, 'a.py'))).toThrow(/a\.py cannot be read: ENOENT/);
});

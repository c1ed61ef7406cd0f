import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BOUNDARY_RULES } from '../workspace';

const PAGE = readFileSync(join(__dirname, '..', '..', '..', '..', 'docs', 'boundaries.md'), 'utf8');

test('the page about boundaries describes each rule, and no other', () => {
  const described = [...PAGE.matchAll(/^### `([\w-]+)`$/gm)].map(([, rule]) => rule);
  expect(described.sort()).toEqual([...BOUNDARY_RULES].sort());
});

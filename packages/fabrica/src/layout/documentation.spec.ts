import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILES, LAYOUT } from '../workspace';
import { RULES } from './findings';
import { OWNED } from './owned';

/** `UPDATE_DOCS=1 npx jest layout/documentation` in packages/fabrica writes the tables anew. */
const PAGE = join(__dirname, '..', '..', '..', '..', 'docs', 'layout-and-owners.md');

const path = (text: string) => `\`${blanks(text)}\``;
const blanks = (text: string) => text.replaceAll(/\{(\w+)\}/g, '<$1>');
/** Outside of code, `<name>` would be a tag. */
const prose = (text: string) => text.replaceAll(/\S*\{\w+\}\S*/g, path);

const TABLES: Record<string, string[][]> = {
  layout: [
    ['path', 'zone', 'who keeps it', 'what it holds'],
    ...Object.values(LAYOUT).map((place) => [path(place.path), place.zone, 'you', prose(place.holds)]),
    ...Object.values(FILES).map(({ path: file, keeper, holds }) => [
      path(file),
      '',
      keeper.replaceAll(/nx \S+( \S+:\S+)?/g, '`$&`'),
      prose(holds),
    ]),
  ],
  owned: [
    ['file', 'one for', "what is in the toolkit's section"],
    ...OWNED.map(({ path: file, of, holds }) => [
      path(file),
      of === 'project' ? 'each project' : 'the workspace',
      holds,
    ]),
  ],
  rules: [
    ['rule', '', 'what it means'],
    ...Object.entries(RULES).map(([rule, { level, says }]) => [path(rule), level, says]),
  ],
};

/** A table as Prettier formats it. */
function markdown(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

it.each(Object.keys(TABLES))('docs/layout-and-owners.md has the table "%s" as the code has it', (name) => {
  const text = readFileSync(PAGE, 'utf8');
  const between = new RegExp(`(<!-- table: ${name} -->\n\n)([\\s\\S]*?)(\n\n<!-- end -->)`);
  const expected = markdown(TABLES[name] ?? []);
  if (process.env.UPDATE_DOCS)
    writeFileSync(
      PAGE,
      text.replace(between, (_all, a, _b, c) => a + expected + c),
    );
  expect(between.exec(readFileSync(PAGE, 'utf8'))?.[2]).toBe(expected);
});

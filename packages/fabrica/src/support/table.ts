import { colour } from './colour';

/**
 * A table for a terminal: columns as wide as they must be, the headings dim, no column without a value; `right` are
 * columns of numbers.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const pad = (cell: string, column: number): string => {
    const width = widths[column] as number;
    return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
  };
  const empty = headings.map((_, column) => rows.length > 0 && rows.every((row) => !row[column]));
  const line = (cells: readonly string[]): string =>
    cells
      .map(pad)
      .filter((_, column) => !empty[column])
      .join('  ')
      .trimEnd();
  return [colour('dim', line(headings)), ...rows.map(line)].join('\n');
}

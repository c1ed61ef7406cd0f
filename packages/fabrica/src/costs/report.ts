import { colour } from '../support/colour';
import { table } from '../support/table';
import { warning, type Spent } from './budgets';
import type { Costs } from './read';
import type { Row } from './rows';

const UNITS = [
  ['TiB', 2 ** 40],
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const;

/** What runs have used and cost, for a person: a table with the sum of each environment, and the budgets. */
export function costsText(costs: Costs): string {
  const { since, until, totals, budgets, unread } = costs;
  const when = `since ${since.slice(0, 10)}${until === undefined ? '' : ` before ${until.slice(0, 10)}`}`;
  return [
    totals.length ? rowsTable(costs) : `No run ${when}.`,
    ...budgets.flatMap((spent) => budgetLine(spent) ?? []),
    ...unread.map(({ environment, error }) => `\n${colour('yellow', environment)}  ${error}`),
  ].join('\n');
}

/** A line for a budget that is nearly or wholly used up. */
export function budgetLine(spent: Spent): string | undefined {
  const text = warning(spent);
  return text && `\n${colour('yellow', 'budget')}  ${text}`;
}

function rowsTable({ rows, totals, by, currencies }: Costs): string {
  const columns = ['environment', ...(by === 'day' ? [] : ['project']), ...(by === 'project' ? [] : [by])];
  const line = (row: Row, names: readonly string[]): string[] => [
    ...[row.environment, ...names, '', ''].slice(0, columns.length),
    String(row.runs),
    ...[row.cpuSeconds, row.memoryGiBSeconds, row.gpuSeconds].map((seconds) => amount(seconds / 3600)),
    bytesText(row.storageBytes),
    row.cost === null ? '' : `${row.cost.toFixed(2)} ${currencies[row.environment]}`,
  ];
  const lines = totals.flatMap((total) => {
    const own = rows.filter(({ environment }) => environment === total.environment);
    const named = own.map((row) =>
      line(
        row,
        [row.project, row.name].filter((name) => name !== undefined),
      ),
    );
    return [...named, ...(own.length > 1 ? [line(total, ['all'])] : [])];
  });
  const right = NUMBERS.map((_, index) => columns.length + index);
  return table([...columns, ...NUMBERS], lines, right);
}

const NUMBERS = ['runs', 'CPU-h', 'GiB-h', 'GPU-h', 'made', 'cost'];

/** Three digits that count: 0.0123, 4.18, 123. */
function amount(value: number): string {
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.min(6, Math.max(0, 2 - size)));
}

function bytesText(bytes: number): string {
  const [name, unit] = UNITS.find(([, size]) => bytes >= size) ?? ['B', 1];
  return `${amount(bytes / unit)} ${name}`;
}

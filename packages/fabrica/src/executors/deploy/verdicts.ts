import { colour } from '../../support/colour';
import { table } from '../../support/table';
import type { GateEnded, RunEnded } from './runs';

const NONE = '–';
const BOUNDS = ['_low', '_high'];
const COLOURS = { promoted: 'green', kept: 'cyan', skipped: 'yellow', barred: 'red', failed: 'red' } as const;

/** What the gate of a run decided, one line per value; nothing for a run without a gate. */
export function verdictTable({ verdicts, parameter }: RunEnded): string[] {
  if (!verdicts.length) return [];
  const metric = mainMetric(verdicts);
  const counts = countNames(verdicts, metric);
  const headings = [
    parameter ?? 'model',
    ...counts,
    `${metric ?? 'metric'} of candidate`,
    'of production',
    'verdict',
    'serving',
    'reason',
  ];
  const rows = verdicts.map((verdict) => row(verdict, counts, metric));
  const numbers = counts.map((_, index) => index + 1);
  return [
    '',
    `${colour('bold', 'Model')}  ${verdicts[0]?.model}`,
    paint(table(headings, rows, numbers), verdicts),
  ];
}

function row(verdict: GateEnded, counts: readonly string[], metric: string | undefined): string[] {
  const { candidate, production, serving, value } = verdict;
  const measured = (metrics: GateEnded['candidate']): string =>
    showMetric(metrics ?? {}, verdict.metric ?? metric);
  const version = serving?.version ? `v${serving.version}` : NONE;
  return [
    value ?? verdict.model,
    ...counts.map((name) => candidate?.[name]?.toLocaleString('en-US') ?? NONE),
    measured(candidate),
    measured(production),
    verdict.outcome,
    serving && (serving.value ?? null) !== (value ?? null) ? `${serving.value} ${version}` : version,
    firstLine(verdict.reason ?? ''),
  ];
}

function firstLine(text: string): string {
  return text.split('\n')[0] as string;
}

/** The metric that the gate named, for most values. */
function mainMetric(verdicts: readonly GateEnded[]): string | undefined {
  const named = verdicts.flatMap(({ metric }) => metric ?? []);
  const often = (name: string): number => named.filter((other) => other === name).length;
  return [...named].sort((a, b) => often(b) - often(a))[0];
}

/** Metrics that are whole numbers in every row say how much was measured: held-out trips. */
function countNames(verdicts: readonly GateEnded[], metric: string | undefined): string[] {
  const measured = verdicts.flatMap(({ candidate }) =>
    candidate && Object.keys(candidate).length ? [candidate] : [],
  );
  const whole = (name: string): boolean =>
    measured.every((one) => Number.isInteger(one[name]) && (one[name] as number) >= 0);
  const names = Object.keys(measured[0] ?? {}).filter(
    (name) => name !== metric && !BOUNDS.some((bound) => name.endsWith(bound)),
  );
  return names.filter((name) => whole(name) && measured.some((one) => (one[name] as number) > 1)).slice(0, 2);
}

function showMetric(metrics: Record<string, number>, name: string | undefined): string {
  const value = name === undefined ? undefined : metrics[name];
  if (value === undefined) return NONE;
  const [low, high] = BOUNDS.map((bound) => metrics[`${name}${bound}`]);
  const range =
    low === undefined || high === undefined ? '' : ` (${threeDigits(low)} to ${threeDigits(high)})`;
  return threeDigits(value) + range;
}

/** Three significant digits: 4.18, 0.0312, 1,240. */
export function threeDigits(value: number): string {
  return value.toLocaleString('en-US', {
    minimumSignificantDigits: value === 0 ? 1 : 3,
    maximumSignificantDigits: 3,
  });
}

function paint(text: string, verdicts: readonly GateEnded[]): string {
  const lines = text.split('\n');
  const painted = verdicts.map(({ outcome }, index) => {
    const name = COLOURS[outcome as keyof typeof COLOURS];
    const line = lines[index + 1] as string;
    return name ? line.replace(` ${outcome} `, ` ${colour(name, outcome)} `) : line;
  });
  return [lines[0], ...painted].join('\n');
}

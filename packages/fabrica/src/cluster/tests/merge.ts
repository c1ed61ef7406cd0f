import { FabricaError } from '../../support/errors';
import type { ShardReport, TestCase } from './report';

/** What became of a shard: its report, or why there is none. */
export type ShardResult =
  { readonly report: ShardReport } | { readonly report?: undefined; readonly reason: string };

/** The report of all shards. */
export interface MergedReport {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
  /** The longest that a shard took. */
  readonly seconds: number;
  /** Those that failed, or could not be run. */
  readonly failed: readonly TestCase[];
  /** As pytest's own. */
  readonly code: number;
  /** junit, as pytest writes it. */
  readonly xml: string;
}

/** pytest: nothing was collected; in one shard of several that is all right. */
const NO_TESTS = 5;
const FAILED = 1;

/**
 * Makes one report of those of the shards. A shard without one is an error in it.
 *
 * @throws FabricaError `shards-differ` where they found different tests: nobody knows then whether all were run
 */
export function mergeReports(shards: readonly ShardResult[]): MergedReport {
  const reports = shards.flatMap(({ report }) => report ?? []);
  checkSame(reports);
  const cases = once(shards.flatMap((shard, index) => casesOf(shard, index, shards.length)));
  const count = (outcome: TestCase['outcome']): number =>
    cases.filter((one) => one.outcome === outcome).length;
  const totals = {
    tests: new Set(cases.map(({ of, name }) => `${of} ${name}`)).size,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  };
  const seconds = Math.max(0, ...reports.map(({ suite }) => Number(suite.time) || 0));
  return {
    ...totals,
    seconds,
    failed: cases.filter(({ outcome }) => outcome === 'failure' || outcome === 'error'),
    code: codeOf(shards),
    xml: junit({ ...reports[0]?.suite, ...totals, time: seconds.toFixed(3) }, cases),
  };
}

function checkSame(reports: readonly ShardReport[]): void {
  if (new Set(reports.flatMap(({ selected }) => selected ?? [])).size <= 1) return;
  throw new FabricaError(
    'shards-differ',
    'the shards found different tests: their names depend on the time, on chance or on the pod',
    { hint: '--shards=1; or give those that are parametrized ids that stay the same' },
  );
}

function casesOf(shard: ShardResult, index: number, count: number): readonly TestCase[] {
  if (shard.report) return shard.report.cases;
  const name = `shard ${index + 1} of ${count}`;
  const attributes = `classname="cluster" name="${name}" time="0.000"`;
  const message = shard.reason;
  const xml = `<testcase ${attributes}><error message="${escape(message)}">${escape(message)}</error></testcase>`;
  return [{ name, of: 'cluster', outcome: 'error', message, xml }];
}

/** Each shard collects all files: what becomes of one then, each of them says. */
function once(cases: readonly TestCase[]): TestCase[] {
  const said = new Set<string>();
  return cases.filter(({ of, name, message }) => {
    if (!message?.startsWith('collection ')) return true;
    const key = `${of} ${name} ${message}`;
    return !said.has(key) && Boolean(said.add(key));
  });
}

/** The worst of pytest's codes; they grow with it. */
function codeOf(shards: readonly ShardResult[]): number {
  const codes = shards.map(({ report }) => report?.code ?? FAILED);
  const some = codes.filter((code) => code !== NO_TESTS);
  return some.length ? Math.max(...some) : NO_TESTS;
}

function junit(suite: Readonly<Record<string, string | number>>, cases: readonly TestCase[]): string {
  const attributes = Object.entries({ name: 'pytest', ...suite })
    .map(([key, value]) => ` ${key}="${escape(String(value))}"`)
    .join('');
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<testsuites name="pytest tests"><testsuite${attributes}>`,
    ...cases.map(({ xml }) => xml),
    '</testsuite></testsuites>',
    '',
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  // Control characters are in no XML.
  // eslint-disable-next-line no-control-regex
  const plain = text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '');
  return plain.replaceAll(/[&<>"]/g, (one) => ENTITIES[one] as string);
}

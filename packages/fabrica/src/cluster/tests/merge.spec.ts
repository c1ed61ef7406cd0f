import { gzipSync } from 'node:zlib';
import { mergeReports } from './merge';
import { ReportReader, type ShardReport, type TestCase } from './report';
import { summary } from './show';

const MARK = 'fabrica-report-0f';

function testCase(name: string, outcome: TestCase['outcome'] = 'passed', message?: string): TestCase {
  const xml = `<testcase classname="tests.test_a" name="${name}" time="0.1" />`;
  return { name, of: 'tests.test_a', outcome, message: message ?? null, xml };
}

function reportOf(cases: readonly TestCase[], more: Partial<ShardReport> = {}): ShardReport {
  const suite = { name: 'pytest', time: '1.5', hostname: 'pod', tests: '99' };
  return { code: 0, selected: 'abc', suite, cases: [...cases], ...more };
}

/** As shard.py prints it. */
function printed(report: ShardReport, longest = 40): string[] {
  const text = gzipSync(JSON.stringify(report)).toString('base64');
  const parts = text.match(new RegExp(`.{1,${longest}}`, 'g')) as string[];
  return parts.map((part, index) => `${MARK} ${index}/${parts.length} ${part}`);
}

describe('what a pod prints', () => {
  const report = reportOf([testCase('test_é')]);

  it('is shown, but for the report', () => {
    const reader = new ReportReader(MARK);
    const lines = [
      'collected 1 item',
      ...printed(report),
      'bye',
      `--- generated xml file: /tmp/fabrica-junit.xml ---`,
    ];
    expect(lines.flatMap((line) => reader.take(line) ?? [])).toEqual(['collected 1 item', 'bye']);
    expect(reader.read()).toEqual(report);
  });

  it('may come in any order, twice, and after a line without an end', () => {
    const reader = new ReportReader(MARK);
    const [first, ...rest] = printed(report) as [string, ...string[]];
    expect(reader.take(`no end${first}`)).toBe('no end');
    for (const line of [...rest, ...rest].reverse()) expect(reader.take(line)).toBeUndefined();
    expect(reader.read()).toEqual(report);
  });

  it('is no report while a part is missing, or damaged, or says the mark of another', () => {
    const lines = printed(report);
    const read = (some: readonly string[]) => {
      const reader = new ReportReader(MARK);
      some.forEach((line) => reader.take(line));
      return reader.read();
    };
    expect(read(lines.slice(1))).toBeUndefined();
    expect(read([lines[0]?.slice(0, -9) as string, ...lines.slice(1)])).toBeUndefined();
    expect(read(lines.map((line) => line.replace('-0f', '-1f')))).toBeUndefined();
  });
});

describe('the reports of shards', () => {
  it('are one, in which each test is once', () => {
    const elsewhere = testCase('', 'skipped', 'collection skipped');
    const merged = mergeReports([
      {
        report: reportOf([elsewhere, testCase('test_a'), testCase('test_b', 'failure', 'assert 1 == 2')], {
          code: 1,
        }),
      },
      { report: reportOf([elsewhere, testCase('test_c')], { suite: { time: '2.25' } }) },
      { report: reportOf([elsewhere], { code: 5 }) },
    ]);
    expect(merged).toMatchObject({ tests: 4, failures: 1, errors: 0, skipped: 1, seconds: 2.25, code: 1 });
    expect(merged.xml.match(/<testcase /g)).toHaveLength(4);
    expect(merged.xml).toContain(
      '<testsuite name="pytest" time="2.250" hostname="pod" tests="4" failures="1" errors="0" skipped="1">',
    );
    expect(summary(merged)).toBe('✗ 1 failed, 2 passed, 1 skipped');
  });

  it('have an error for each shard that left none', () => {
    const merged = mergeReports([
      { report: reportOf([testCase('test_a')]) },
      { reason: 'out of memory: "<1Gi>"' },
    ]);
    expect(merged).toMatchObject({ tests: 2, errors: 1, code: 1 });
    expect(merged.xml).toContain(
      '<testcase classname="cluster" name="shard 2 of 2" time="0.000"><error message="out of memory: &quot;&lt;1Gi&gt;&quot;">',
    );
    expect(summary(merged)).toBe('✗ 1 error, 1 passed');
  });

  it('count a test that failed, and whose end failed, once', () => {
    const twice = [testCase('test_a', 'failure', 'no'), testCase('test_a', 'error', 'failed on teardown')];
    expect(summary(mergeReports([{ report: reportOf(twice, { code: 1 }) }]))).toBe('✗ 1 failed, 1 error');
  });

  it.each([
    [[0, 5], 0],
    [[5, 5], 5],
    [[1, 0, 2], 2],
    [[4, 4], 4],
  ])('of codes %j end with %i', (codes, code) => {
    const shards = codes.map((one) => ({ report: reportOf([], { code: one }) }));
    expect(mergeReports(shards).code).toBe(code);
  });

  it('are refused where the shards divided different tests', () => {
    const shards = ['a', 'b'].map((selected) => ({ report: reportOf([], { selected }) }));
    expect(() => mergeReports(shards)).toThrow('the shards found different tests');
  });
});

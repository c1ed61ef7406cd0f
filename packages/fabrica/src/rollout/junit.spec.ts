import { readReport } from './junit';

const report = (...cases: string[]) =>
  `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest">${cases.join('')}</testsuite></testsuites>`;

describe('the report of pytest', () => {
  it('names the tests that failed as pytest does, with what went wrong', () => {
    const xml = report(
      '<testcase classname="tests.test_trips" name="test_sum" file="tests/test_trips.py" line="3" time="0.001" />',
      '<testcase classname="tests.test_trips.TestTrips" name="test_easter[2027-x]" file="tests/test_trips.py" line="9" time="0.1"><failure message="AssertionError: assert 1 &lt; 0&#10;  more">the &lt;code&gt;\n</failure></testcase>',
      '<testcase classname="tests.test_trips" name="test_file" file="tests/test_trips.py" time="0.1"><error message="failed on setup with &quot;OSError&quot;">…</error></testcase>',
      '<testcase classname="tests.test_trips" name="test_later" file="tests/test_trips.py" time="0"><skipped type="pytest.skip" message="later">…</skipped></testcase>',
    );
    expect(readReport(xml)).toEqual({
      total: 4,
      failed: [
        {
          test: 'tests/test_trips.py::TestTrips::test_easter[2027-x]',
          message: 'AssertionError: assert 1 < 0',
        },
        { test: 'tests/test_trips.py::test_file', message: 'failed on setup with "OSError"' },
      ],
    });
  });

  it('shortens what a test says at length', () => {
    const said = `begins ${'x'.repeat(600)} ends`;
    const xml = report(
      `<testcase name="test_a" file="tests/test_a.py"><failure message="${said}">…</failure></testcase>`,
    );
    const message = readReport(xml).failed[0]?.message ?? '';
    expect(message).toMatch(/^begins x+ … x+ ends$/);
    expect(message.length).toBeLessThan(210);
  });

  it('names a file that could not be collected', () => {
    const xml = report(
      '<testcase classname="" name="tests.test_trips" time="0"><error message="collection failure">ImportError</error></testcase>',
    );
    expect(readReport(xml).failed).toEqual([{ test: 'tests.test_trips', message: 'collection failure' }]);
  });

  it('that was not written says nothing', () => {
    expect(readReport('')).toEqual({ total: 0, failed: [] });
  });
});

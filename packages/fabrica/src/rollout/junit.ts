/** A test that failed, or a file that could not be collected. */
export interface FailedTest {
  /** As pytest names it: `tests/test_trips.py::test_easter`. */
  readonly test: string;
  /** The first line of what went wrong, shortened in the middle: its end says as much as its beginning. */
  readonly message: string;
}

export interface TestReport {
  readonly total: number;
  readonly failed: readonly FailedTest[];
}

/** `xunit1` is the form that says in which file a test is. */
export const REPORT_OPTIONS = ['-o', 'junit_family=xunit1'];

const CASE = /<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;
const FAILURE = /<(?:failure|error)(?: ([^>]*))?>/;

/**
 * Reads the report that pytest writes with `--junitxml`. pytest writes it by `xml.etree`, which puts every value in
 * double quotes and escapes what means something to XML: so a tag ends at the next `>`.
 */
export function readReport(xml: string): TestReport {
  const cases = [...xml.matchAll(CASE)];
  const failed = cases.flatMap(([, attributes = '', body = '']) => {
    const failure = FAILURE.exec(body);
    if (!failure) return [];
    const [message = ''] = (attribute(failure[1] ?? '', 'message') ?? '').trim().split('\n');
    return [{ test: nameOf(attributes), message: shortened(message) }];
  });
  return { total: cases.length, failed };
}

const LONGEST = 200;

function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST / 2)} … ${text.slice(-LONGEST / 2)}`;
}

/** A class stands between the module and the name; a file that isn't collected is named by its module alone. */
function nameOf(attributes: string): string {
  const [name = '', file, classname = ''] = ['name', 'file', 'classname'].map((key) =>
    attribute(attributes, key),
  );
  if (file === undefined) return [classname, name].filter(Boolean).join('.');
  const module = file.replace(/\.py$/, '').replaceAll(/[\\/]/g, '.');
  const within = classname.startsWith(`${module}.`) ? classname.slice(module.length + 1).split('.') : [];
  return [file, ...within, name].join('::');
}

function attribute(attributes: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];
  return value === undefined ? undefined : unescape(value);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescape(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|(\w+));/g, (all, code?: string, name?: string) =>
    code ? String.fromCodePoint(Number(code)) : (ENTITIES[name ?? ''] ?? all),
  );
}

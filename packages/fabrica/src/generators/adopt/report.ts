import type { Place } from '../../support/errors';
import { redact } from '../../support/secrets';
import type { Dependency, Left } from './manifests';
import { summary, type Moves } from './places';
import type { Source } from './source';

/** The file that says what a person must still do. Deleted when it is done. */
export const REPORT = 'ADOPTED.md';

/** Something that a person must still do or look at. */
export interface Todo {
  readonly what: string;
  /** The places that it is about. */
  readonly details?: readonly string[];
}

/** What ADOPTED.md says. */
export interface Report {
  readonly source: Source;
  readonly name: string;
  /** What dependencies were read from. */
  readonly manifests: readonly string[];
  readonly todos: readonly Todo[];
  readonly moves: Moves;
  /** Dependencies that are stated otherwise than they were. */
  readonly changed: readonly Dependency[];
  readonly dropped: readonly string[];
}

/** The first line, by which a second run knows the project. */
export function reportTitle(label: string): string {
  return `# Taken in from ${label}`;
}

/** ADOPTED.md: what is left to do, where everything went, what of the dependencies is stated otherwise. */
export function reportText(report: Report): string {
  const { source, name, manifests } = report;
  const at = source.commit ? ` at commit \`${source.commit.slice(0, 12)}\`` : '';
  const from = manifests.length ? `from ${manifests.map(code).join(', ')}` : 'from what the code imports';
  return redact(`${reportTitle(source.label)}

The project ${code(name)} was made of it${at}; its dependencies are taken ${from}. Delete this file when all is done.

## Left to do

${report.todos.map(item).join('')}
## Where things went

${moved(report)}${changed(report)}`);
}

function item({ what, details = [] }: Todo): string {
  return `- [ ] ${what}\n${details.map((detail) => `  - ${detail}\n`).join('')}`;
}

function moved({ moves, dropped }: Report): string {
  const rows = summary(moves).map(({ from, to, files }) => `| ${code(from)} | ${code(to)} | ${files} |\n`);
  const table = rows.length ? `| from | to | files |\n| --- | --- | --- |\n${rows.join('')}\n` : '';
  const old = dropped.length
    ? `Not taken along, since \`pyproject.toml\` and the locks say it now: ${dropped.map(code).join(', ')}.\n`
    : '';
  return `${table}${rows.length ? 'All else' : 'All'} is where it was.\n${old && `\n${old}`}`;
}

function changed({ changed }: Report): string {
  if (!changed.length) return '';
  const rows = changed.map(
    ({ was = '', text, group, place }) =>
      `| ${code(was)} | ${code(text)}${group ? ` (${group})` : ''} | ${code(placed(place))} |\n`,
  );
  return `
## Dependencies that are stated otherwise

| it said | \`pyproject.toml\` says | where it said so |
| --- | --- | --- |
${rows.join('')}`;
}

/** What is printed: the same list of what is left, short; of a dry run, as what would be. */
export function printedReport(
  { source, name, todos }: Report,
  folder: string,
  { dry = false }: { readonly dry?: boolean } = {},
): string {
  const head = dry
    ? `${source.label} would be ${name}. Left to do would be, as ${folder}/${REPORT} would say in full`
    : `${source.label} is ${name} now. Left to do, as ${folder}/${REPORT} says in full`;
  const lines = todos.map(({ what, details = [] }) => {
    const more = details.length ? ` (${details.length})` : '';
    return `  - ${what.replaceAll('`', '')}${more}\n`;
  });
  return redact(`\n${head}:\n${lines.join('')}`);
}

/** A thing that no pyproject.toml can say, on a line. */
export function leftText({ what, why, place }: Left): string {
  return `${code(what)} (${code(placed(place))}): ${why}`;
}

export function placed({ file, line }: Place): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** Code in Markdown, also within a table. */
export function code(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll('|', '\\|').replaceAll('\n', ' ')}\``;
}

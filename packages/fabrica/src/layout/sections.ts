import { FabricaError } from '../support/errors';

/** How the first line of what the toolkit owns in a file begins, and that line and the last; the rest is the user's. */
export const MARK = '# fabrica: begin';
export const BEGIN = `${MARK} (npx nx sync writes these lines; yours go outside)`;
export const END = '# fabrica: end';

const IS_BEGIN = /^\s*# fabrica: begin\b/;
const IS_END = /^\s*# fabrica: end\b/;

/** Lines that the toolkit owns in a file that the user owns. */
export interface Section {
  readonly lines: readonly string[];
  /** Where it goes when it is new: where a later line wins, the top leaves the last word to the user. */
  readonly at: 'top' | 'bottom';
}

/**
 * The text of a file with its section as it should be. Where the section is, it stays, as far indented as its first
 * line; what is around it, too. A new section takes over the lines outside that say the same.
 *
 * @param file relative to the workspace, for the error
 * @throws FabricaError `bad-section` when one marker is there without the other, or twice
 * @example
 * withSection('.gitignore', 'data/\n', { lines: ['.venv/'], at: 'top' });
 */
export function withSection(file: string, text: string | undefined, section: Section): string {
  const newline = text?.includes('\r\n') ? '\r\n' : '\n';
  const lines = linesOf(text ?? '');
  const found = findSection(file, lines);
  const own = [BEGIN, ...section.lines, END].map((line) => `${found?.indent ?? ''}${line}`);
  const all = found
    ? [...lines.slice(0, found.begin), ...own, ...lines.slice(found.end + 1)]
    : joined(section, own, withoutRepeated(lines, section.lines));
  return `${all.join(newline)}${newline}`;
}

/** What stands around the section of a file, which is the user's. */
export function withoutSection(file: string, text: string): string {
  const lines = linesOf(text);
  const found = findSection(file, lines);
  const rest = found ? [...lines.slice(0, found.begin), ...lines.slice(found.end + 1)] : lines;
  return rest.some((line) => line.trim()) ? `${rest.join('\n').trim()}\n` : '';
}

/** What differs between a file's section and what it should hold. */
export interface Difference {
  /** Counted from 1; undefined when there is no section. */
  readonly line?: number;
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

/** Compares, for a message; undefined when the file is as it should be. */
export function sectionDifference(
  file: string,
  text: string | undefined,
  section: Section,
): Difference | undefined {
  if (text !== undefined && withSection(file, text, section) === withFinalNewline(text)) return undefined;
  const lines = linesOf(text ?? '');
  const found = findSection(file, lines);
  const present = found
    ? lines.slice(found.begin + 1, found.end).map((line) => line.replace(found.indent, ''))
    : [];
  return {
    ...(found ? { line: found.begin + 1 } : {}),
    missing: section.lines.filter((line) => !present.includes(line)),
    extra: present.filter((line) => !section.lines.includes(line)),
  };
}

function withFinalNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}${text.includes('\r\n') ? '\r\n' : '\n'}`;
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Where a section stands: its first and its last line, counted from 0, and what is before its first word. */
interface Found {
  readonly begin: number;
  readonly end: number;
  readonly indent: string;
}

function findSection(file: string, lines: readonly string[]): Found | undefined {
  const begins = places(lines, IS_BEGIN);
  const ends = places(lines, IS_END);
  const [begin, end] = [begins[0], ends[0]];
  if (begin === undefined && end === undefined) return undefined;
  if (begins.length === 1 && ends.length === 1 && (begin as number) < (end as number))
    return {
      begin: begin as number,
      end: end as number,
      indent: /^\s*/.exec(lines[begin as number] as string)?.[0] ?? '',
    };
  const line = (begins[1] ?? begin ?? (end as number)) + 1;
  throw new FabricaError(
    'bad-section',
    `${file}:${line}: the toolkit's section has not one begin and one end`,
    {
      place: { file, line },
      hint: `take the lines "# fabrica: begin" and "# fabrica: end" out of ${file}, then npx nx sync`,
    },
  );
}

function places(lines: readonly string[], pattern: RegExp): number[] {
  return lines.flatMap((line, index) => (pattern.test(line) ? [index] : []));
}

function withoutRepeated(lines: readonly string[], own: readonly string[]): string[] {
  const repeated = new Set(own.filter((line) => line.trim() && !line.startsWith('#')));
  return lines.filter((line) => !repeated.has(line.trim()));
}

function joined({ at }: Section, own: readonly string[], others: readonly string[]): string[] {
  if (!others.some((line) => line.trim())) return [...own];
  if (at === 'top') return [...own, ...(others[0]?.trim() ? [''] : []), ...others];
  return [...others, ...(others.at(-1)?.trim() ? [''] : []), ...own];
}

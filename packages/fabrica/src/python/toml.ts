import { isDeepStrictEqual } from 'node:util';
import { parse } from 'smol-toml';

/** Where a table is in a TOML file, from the end of its header up to the next one's. */
export function tableOf(text: string, name: string): { start: number; end: number } | undefined {
  const header = new RegExp(`^[ \\t]*\\[${name.replaceAll('.', '\\.')}\\][ \\t]*(?:#.*)?$`, 'm').exec(text);
  if (!header) return undefined;
  const start = header.index + header[0].length;
  const next = /^[ \t]*\[/m.exec(text.slice(start));
  return { start, end: next ? start + next.index : text.length };
}

/** A TOML string by another, in the quotes that it has; the first that is found. */
export function replaceText(text: string, before: string, after: string): string {
  const double = JSON.stringify(before);
  return text.includes(double)
    ? text.replace(double, () => JSON.stringify(after))
    : text.replace(`'${before}'`, () => `'${after}'`);
}

/** Whether a TOML file says this document, no more and no less. */
export function says(text: string, document: object): boolean {
  try {
    return isDeepStrictEqual(plain(parse(text)), plain(document));
  } catch {
    return false;
  }
}

/** Without the classes of the parser. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

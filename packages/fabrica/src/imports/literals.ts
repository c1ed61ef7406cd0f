import { DOUBLE_QUOTE, SINGLE_QUOTE } from './characters';
import { textOf } from './source';

/** A string literal. */
export interface Literal {
  /** What it is, unless it is bytes, or something in it is only known when it runs. */
  readonly value?: string;
  /** The text in it; that of an f-string stands between its fields. */
  readonly pieces: readonly string[];
}

/**
 * Reads a string literal, prefix and quotes and all.
 *
 * @param fields where an f-string's code is, as `Strings` notes it
 */
export function literalOf(bytes: Buffer, start: number, end: number, fields: readonly number[]): Literal {
  let quote = start;
  while (bytes[quote] !== SINGLE_QUOTE && bytes[quote] !== DOUBLE_QUOTE) quote++;
  const prefix = textOf(bytes, start, quote).toLowerCase();
  if (prefix.includes('b')) return { pieces: [] };
  const triple = end - quote >= 6 && bytes[quote + 1] === bytes[quote] && bytes[quote + 2] === bytes[quote];
  const [first, last] = triple ? [quote + 3, end - 3] : [quote + 1, end - 1];
  const text = (from: number, to: number) => {
    const raw = textOf(bytes, from, to);
    return prefix.includes('r') ? raw : unescape(raw);
  };
  if (prefix.includes('f') || prefix.includes('t')) return { pieces: between(fields, first, last, text) };
  const value = text(first, last);
  return { value, pieces: [value ?? textOf(bytes, first, last)] };
}

type Text = (from: number, to: number) => string | undefined;

function between(fields: readonly number[], first: number, last: number, text: Text): string[] {
  const pieces: string[] = [];
  let at = first;
  for (const [start, , after] of outermost(fields)) {
    pieces.push(text(at, start - 1) ?? '');
    at = after;
  }
  pieces.push(text(at, last) ?? '');
  return pieces
    .filter((piece) => piece !== '')
    .map((piece) => piece.replaceAll('{{', '{').replaceAll('}}', '}'));
}

/** Fields that stand in no other. */
function outermost(fields: readonly number[]): number[][] {
  const all = Array.from({ length: fields.length / 3 }, (_, index) => fields.slice(index * 3, index * 3 + 3));
  let end = -1;
  return all
    .sort(([one], [other]) => one - other)
    .filter(([start, , after]) => start >= end && ((end = after), true));
}

const SIMPLE = new Map(
  Object.entries({ n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v', '\n': '' }),
);
const HEXADECIMAL = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

/** The text that escapes stand for; undefined for those by name, `\N{DASH}`, and for malformed ones. */
function unescape(text: string): string | undefined {
  let result = '';
  let at = 0;
  for (let slash = text.indexOf('\\'); slash >= 0; slash = text.indexOf('\\', at)) {
    const escape = escapeAt(text, slash + 1);
    if (!escape) return undefined;
    result += text.slice(at, slash) + escape.text;
    at = slash + 1 + escape.length;
  }
  return result + text.slice(at);
}

function escapeAt(text: string, at: number): { text: string; length: number } | undefined {
  const letter = text[at];
  if (letter === undefined || letter === 'N') return undefined;
  const digits = HEXADECIMAL.get(letter);
  if (digits !== undefined) return numbered(text.slice(at + 1, at + 1 + digits), 16, digits, 1);
  const octal = octalDigits(text, at);
  if (octal > 0) return numbered(text.slice(at, at + octal), 8, octal, 0);
  const simple = SIMPLE.get(letter);
  if (simple !== undefined) return { text: simple, length: 1 };
  return { text: letter === '\\' || letter === "'" || letter === '"' ? letter : `\\${letter}`, length: 1 };
}

function octalDigits(text: string, at: number): number {
  let end = at;
  while (end < at + 3 && text[end] >= '0' && text[end] <= '7') end++;
  return end - at;
}

function numbered(digits: string, base: number, count: number, before: number) {
  const code = parseInt(digits, base);
  if (digits.length < count || !(code <= 0x10ffff)) return undefined;
  return { text: String.fromCodePoint(code), length: before + count };
}

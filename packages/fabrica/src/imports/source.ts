import { NEWLINE, NUL, RETURN } from './characters';
import { decode, type Decoded } from './encoding';
import type { Problem } from './types';

/** A source as the lexer wants it: UTF-8, its newlines `\n`, ended by NUL, which no Python source may hold. */
export interface Source {
  readonly bytes: Buffer;
  readonly length: number;
  /** Why the source ends before its file does. */
  readonly problem?: Problem;
}

/** A backslash skips what follows it: two NULs end every source. */
const PADDING = 4;

// Shared by all sources, of which one is lexed at a time: 20,000 buffers would cost more than 20,000 copies.
let shared = Buffer.alloc(1 << 20);

/** Prepares a source. It is valid until the next one is prepared. */
export function prepare(text: Uint8Array | string): Source {
  const decoded: Decoded = typeof text === 'string' ? { bytes: Buffer.from(text) } : decode(text);
  const length = copy(decoded.bytes);
  const bytes = shared;
  if (decoded.message) return { bytes, length, problem: problemAtEnd(bytes, length, decoded.message) };
  const nul = bytes.indexOf(NUL);
  if (nul < length)
    return { bytes, length: nul, problem: problemAtEnd(bytes, nul, 'Python takes no null bytes') };
  return { bytes, length };
}

function copy(from: Uint8Array): number {
  if (from.length + PADDING > shared.length) shared = Buffer.alloc((from.length + PADDING) * 2);
  const bytes = shared;
  bytes.set(from);
  const length = from.includes(RETURN) ? translateNewlines(bytes, from.length) : from.length;
  bytes.fill(NUL, length, length + PADDING);
  return length;
}

/** `\r\n` and a lone `\r` end a line, too. */
function translateNewlines(bytes: Buffer, length: number): number {
  let to = 0;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at];
    if (byte === RETURN && at + 1 < length && bytes[at + 1] === NEWLINE) continue;
    bytes[to++] = byte === RETURN ? NEWLINE : byte;
  }
  return to;
}

function problemAtEnd(bytes: Buffer, length: number, message: string): Problem {
  return { message, line: new Places(bytes).of(length).line };
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Tells lines and columns. Asked in ascending order, it reads the source once. */
export class Places {
  private line = 1;
  private start = 0;
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  of(offset: number): Position {
    const { bytes } = this;
    if (offset < this.start) [this.line, this.start, this.at] = [1, 0, 0];
    for (let at = this.at; at < offset; at++) {
      if (bytes[at] !== NEWLINE) continue;
      this.line++;
      this.start = at + 1;
    }
    this.at = Math.max(this.at, offset);
    return { line: this.line, column: this.columns(offset) + 1 };
  }

  /** Characters since the line began, as editors count: UTF-16. */
  private columns(offset: number): number {
    const { bytes, start } = this;
    for (let at = start; at < offset; at++) if (bytes[at] > 127) return textOf(bytes, start, offset).length;
    return offset - start;
  }
}

/** The text of some bytes. */
export function textOf(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end);
}

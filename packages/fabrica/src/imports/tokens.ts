import {
  BACKSLASH,
  bytesIn,
  CLOSES,
  DIGIT,
  DOT,
  DOUBLE_QUOTE,
  EQUALS,
  FORM_FEED,
  HASH,
  IN_NAME,
  NEWLINE,
  NUL,
  SINGLE_QUOTE,
  SPACE,
  STARTS_NAME,
  TAB,
} from './characters';
import { Strings } from './strings';

/** What a token is. Operators that matter are told by their first byte. */
export const enum Kind {
  /** The end of the logical line, or of the source. */
  End,
  Name,
  Number,
  String,
  Operator,
  /** A string or a line join that isn't one. */
  Broken,
}

const AUGMENTED = bytesIn('+-*/%&|^@<>=!:');
const CLOSERS = bytesIn(')]}');

/** Reads tokens one after another, from any statement's start. It makes no objects: most files have many imports. */
export class Tokens {
  kind = Kind.End;
  start = 0;
  end = 0;
  /** The first byte. */
  byte = NUL;
  /** Open brackets; in them a newline is a blank. */
  depth = 0;
  readonly strings: Strings;

  constructor(readonly bytes: Buffer) {
    this.strings = new Strings(bytes);
  }

  /** Whether the token is an operator of one byte. */
  is(operator: number): boolean {
    return this.byte === operator && this.kind === Kind.Operator && this.end === this.start + 1;
  }

  /** Goes to an offset outside of brackets and strings, and reads the token there. */
  from(at: number): Kind {
    this.end = at;
    this.depth = 0;
    return this.next();
  }

  next(): Kind {
    const { bytes } = this;
    const at = this.blanks(this.end);
    const byte = bytes[at];
    this.start = at;
    this.byte = byte;
    if (STARTS_NAME[byte] === 1) return this.word(at, Kind.Name);
    if (byte === NEWLINE || byte === NUL) return this.token(Kind.End, at);
    if (byte === SINGLE_QUOTE || byte === DOUBLE_QUOTE) return this.string(at);
    if (DIGIT[byte] === 1 || (byte === DOT && DIGIT[bytes[at + 1]] === 1)) return this.word(at, Kind.Number);
    if (byte === BACKSLASH) return this.token(Kind.Broken, at);
    if (CLOSES[byte] !== 0) this.depth++;
    else if (CLOSERS[byte] === 1 && this.depth > 0) this.depth--;
    return this.token(Kind.Operator, AUGMENTED[byte] === 1 && bytes[at + 1] === EQUALS ? at + 2 : at + 1);
  }

  private token(kind: Kind, end: number): Kind {
    this.end = end;
    return (this.kind = kind);
  }

  private blanks(from: number): number {
    const { bytes } = this;
    for (let at = from; ; at++) {
      const byte = bytes[at];
      if (byte === SPACE || byte === TAB || byte === FORM_FEED) continue;
      if (byte === NEWLINE && this.depth > 0) continue;
      if (byte === BACKSLASH && bytes[at + 1] === NEWLINE) at++;
      else if (byte === HASH) while (bytes[at + 1] !== NEWLINE && bytes[at + 1] !== NUL) at++;
      else return at;
    }
  }

  /** A name, a number, or a string with a prefix. */
  private word(from: number, kind: Kind): Kind {
    const { bytes } = this;
    let at = from + 1;
    while (IN_NAME[bytes[at]] === 1 || (kind === Kind.Number && bytes[at] === DOT)) at++;
    const isPrefix = at - from < 3 && kind === Kind.Name;
    if (isPrefix && (bytes[at] === SINGLE_QUOTE || bytes[at] === DOUBLE_QUOTE) && this.isPrefix(from, at))
      return this.string(at);
    return this.token(kind, at);
  }

  private isPrefix(start: number, end: number): boolean {
    const prefix = Buffer.from(this.bytes.subarray(start, end)).toString('latin1').toLowerCase();
    return PREFIXES.has(prefix);
  }

  private string(quote: number): Kind {
    const end = this.strings.end(quote);
    return end < 0 ? this.token(Kind.Broken, quote) : this.token(Kind.String, end);
  }
}

const PREFIXES = new Set(['r', 'u', 'b', 'f', 't', 'br', 'rb', 'fr', 'rf', 'tr', 'rt']);

import {
  BACKSLASH,
  bytesIn,
  CLOSE_CURLY,
  CLOSES,
  COLON,
  DOUBLE_QUOTE,
  HASH,
  IN_NAME,
  NEWLINE,
  NUL,
  OPEN,
  OPEN_CURLY,
  SINGLE_QUOTE,
} from './characters';

const PREFIX = bytesIn('rRbBuUfFtT');
const FORMATS = bytesIn('fFtT');
const RAW = bytesIn('rR');

/** What ends the plain part of a string, of an f-string, and of a field in one. */
const STRING_STOPS = bytesIn('"\'\\\n\0');
const LITERAL_STOPS = bytesIn('"\'\\\n\0{}');
const FIELD_STOPS = bytesIn('"\'\\\0#()[]{}:');

const CAPITAL_N = 0x4e;

/** CPython's own limit: it bounds how deep this reader calls itself. */
const DEEPEST = 150;

/** Where it went wrong. */
export interface Trouble {
  readonly at: number;
  readonly message: string;
}

/** An f-string that is being read. */
interface Formatted {
  readonly quote: number;
  readonly mark: number;
  readonly triple: boolean;
  readonly raw: boolean;
}

/** Whether the quote at an offset begins an f-string or a t-string: in their braces is code. */
export function isFormatted(bytes: Buffer, quote: number): boolean {
  const one = quote > 0 ? bytes[quote - 1] : NUL;
  if (PREFIX[one] === 0) return false;
  const two = quote > 1 ? bytes[quote - 2] : NUL;
  if (IN_NAME[two] === 0) return FORMATS[one] === 1;
  if (PREFIX[two] === 0 || (quote > 2 && IN_NAME[bytes[quote - 3]] === 1)) return false;
  return (FORMATS[one] & RAW[two]) === 1 || (RAW[one] & FORMATS[two]) === 1;
}

const LOADERS = ['import_module', '__import__'].map((word) => Buffer.from(word));
const ENDS_LOADER = bytesIn('e_ \t\f\n');
const JOINS = bytesIn(' \t\f\n\\');

/** Whether what stands before an opening bracket may load a module by its name. */
export function isLoader(bytes: Buffer, open: number): boolean {
  if (ENDS_LOADER[bytes[open - 1]] !== 1) return false;
  let end = open;
  while (JOINS[bytes[end - 1]] === 1) end--;
  return LOADERS.some((word) => word.every((byte, index) => bytes[end - word.length + index] === byte));
}

/** Finds the ends of string literals, of every prefix, also of f-strings as Python 3.12 nests them. */
export class Strings {
  trouble?: Trouble;
  /** When set, the code in f-strings' braces is noted: its start, its end, and the offset after its closing brace. */
  fields?: number[];
  /** Whether code in braces calls `import_module` or `__import__`. */
  loads = false;
  private depth = 0;

  constructor(private readonly bytes: Buffer) {}

  /** The offset after the string whose opening quote is at an offset; -1 when it doesn't end. */
  end(quote: number): number {
    const { bytes } = this;
    const mark = bytes[quote];
    const triple = bytes[quote + 1] === mark && bytes[quote + 2] === mark;
    if (isFormatted(bytes, quote)) return this.formatted(quote, mark, triple);
    return triple ? this.triple(quote, mark) : this.single(quote, mark);
  }

  private single(quote: number, mark: number): number {
    const { bytes } = this;
    for (let at = quote + 1; ;) {
      while (STRING_STOPS[bytes[at]] === 0) at++;
      const byte = bytes[at];
      if (byte === mark) return at + 1;
      if (byte === NEWLINE || byte === NUL) return this.unterminated(quote);
      at += byte === BACKSLASH ? 2 : 1;
    }
  }

  private triple(quote: number, mark: number): number {
    const { bytes } = this;
    for (let at = quote + 3; ;) {
      let byte = bytes[at];
      while (byte !== mark && byte !== BACKSLASH && byte !== NUL) byte = bytes[++at];
      if (byte === NUL) return this.unterminated(quote);
      if (byte === BACKSLASH) at += 2;
      else if (bytes[at + 1] === mark && bytes[at + 2] === mark) return at + 3;
      else at++;
    }
  }

  private formatted(quote: number, mark: number, triple: boolean): number {
    if (this.depth >= DEEPEST) return this.fail(quote, 'f-strings are nested too deeply');
    const raw = RAW[this.bytes[quote - 1]] === 1 || (quote > 1 && RAW[this.bytes[quote - 2]] === 1);
    this.depth++;
    const end = this.literal(quote + (triple ? 3 : 1), { quote, mark, triple, raw });
    this.depth--;
    return end;
  }

  /** From some offset in the text of an f-string to the offset after its closing quote. */
  private literal(from: number, string: Formatted): number {
    const { bytes } = this;
    for (let at = from; ;) {
      while (LITERAL_STOPS[bytes[at]] === 0) at++;
      const byte = bytes[at];
      if (this.closes(at, string)) return at + (string.triple ? 3 : 1);
      if (byte === OPEN_CURLY) {
        if (bytes[at + 1] === OPEN_CURLY) at += 2;
        else if ((at = this.field(at, string)) < 0) return -1;
      } else if (byte === NUL || (byte === NEWLINE && !string.triple)) return this.unterminated(string.quote);
      else at += byte === BACKSLASH ? this.escape(at, string) : 1;
    }
  }

  private closes(at: number, { mark, triple }: Formatted): boolean {
    const { bytes } = this;
    return bytes[at] === mark && (!triple || (bytes[at + 1] === mark && bytes[at + 2] === mark));
  }

  /** The length of an escape. A brace after a backslash is a brace still; those of `\N{DASH}` hold no code. */
  private escape(at: number, { raw }: Formatted): number {
    const { bytes } = this;
    const next = bytes[at + 1];
    if (next === OPEN_CURLY || next === CLOSE_CURLY) return 1;
    if (next !== CAPITAL_N || bytes[at + 2] !== OPEN_CURLY || raw) return 2;
    let end = at + 3;
    while (LITERAL_STOPS[bytes[end]] === 0) end++;
    return (bytes[end] === CLOSE_CURLY ? end + 1 : end) - at;
  }

  /** The code in braces, from the opening brace to the offset after the closing one. */
  private field(open: number, string: Formatted): number {
    const { bytes } = this;
    const closers: number[] = [CLOSE_CURLY];
    for (let at = open + 1; ;) {
      while (FIELD_STOPS[bytes[at]] === 0) at++;
      const byte = bytes[at];
      if (byte === SINGLE_QUOTE || byte === DOUBLE_QUOTE) {
        if ((at = this.end(at)) < 0) return -1;
      } else if (byte === closers[closers.length - 1]) {
        closers.pop();
        at++;
        if (closers.length === 0) return this.note(open + 1, at - 1, at);
      } else if (CLOSES[byte] !== 0) {
        this.loads ||= byte === OPEN && isLoader(bytes, at);
        closers.push(CLOSES[byte]);
        at++;
      } else if (byte === COLON) {
        at++;
        if (closers.length === 1) return this.note(open + 1, at - 1, this.format(at, string));
      } else if (byte === HASH) {
        while (bytes[at] !== NEWLINE && bytes[at] !== NUL) at++;
      } else if (byte === BACKSLASH && bytes[at + 1] === NEWLINE) at += 2;
      else return this.fail(open, 'a brace in an f-string is never closed');
    }
  }

  /** What follows the colon in a field, which may hold fields of its own, to the offset after the closing brace. */
  private format(from: number, string: Formatted): number {
    const { bytes } = this;
    if (this.depth >= DEEPEST) return this.fail(string.quote, 'f-strings are nested too deeply');
    this.depth++;
    for (let at = from, nested = false; ;) {
      while (LITERAL_STOPS[bytes[at]] === 0) at++;
      const byte = bytes[at];
      if (byte === CLOSE_CURLY) {
        this.depth--;
        return at + 1;
      }
      if (byte === OPEN_CURLY) {
        // After a field, Python 3.13 takes two braces for text; older ones refuse nearly all that could stand there.
        if (nested && bytes[at + 1] === OPEN_CURLY) at += 2;
        else if ((at = this.field(at, string)) < 0) return -1;
        nested = true;
      } else if (byte === NUL || this.closes(at, string)) return this.unterminated(string.quote);
      else at += byte === BACKSLASH ? this.escape(at, string) : 1;
    }
  }

  private note(start: number, end: number, after: number): number {
    this.fields?.push(start, end, after);
    return after;
  }

  private unterminated(quote: number): number {
    return this.fail(quote, 'this string is never closed');
  }

  private fail(at: number, message: string): number {
    this.trouble ??= { at, message };
    return -1;
  }
}

import { literalOf } from '../literals';
import { readSource, type Scope } from '../python';
import { Places, prepare, textOf } from '../source';
import { nameOf } from '../statements';
import { Kind, Tokens } from '../tokens';
import type { FileImports, Import } from '../types';

/** A source to rewrite: a file, or a cell of a notebook. */
export interface Piece {
  readonly text: string;
  /** The same as plain Python, line for line; only cells differ. */
  readonly python: string;
  /** How many columns of each line of `text` are missing in `python`. */
  readonly shifts: readonly number[];
  /** Counted from 1. */
  readonly cell?: number;
}

/** A token, with its offsets in the text of its piece. */
export interface Token {
  readonly kind: Kind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  /** The value of a string that is known before it runs. */
  readonly value?: string;
  /** The import that begins here. */
  readonly begins?: Import;
}

/** A logical line, or the code in a field of an f-string. */
export interface Line {
  readonly tokens: readonly Token[];
  readonly inField: boolean;
}

export interface Scan extends FileImports {
  readonly piece: Piece;
  readonly lines: readonly Line[];
}

/** Reads all tokens of a piece; names of earlier pieces are known. */
export function scan(piece: Piece, scope: Scope): Scan {
  const found = readSource(piece.python, scope);
  return { ...found, piece, lines: found.problem ? [] : new Scanner(piece, found.imports).read() };
}

class Scanner {
  private readonly bytes: Buffer;
  private readonly length: number;
  private readonly places: Places;
  private readonly starts: readonly number[];
  private readonly begins: ReadonlyMap<string, Import>;

  constructor(
    private readonly piece: Piece,
    imports: readonly Import[],
  ) {
    const source = prepare(piece.python);
    this.bytes = source.bytes;
    this.length = source.length;
    this.places = new Places(source.bytes);
    this.starts = startsOf(piece.text);
    this.begins = new Map(imports.map((one) => [`${one.line}:${one.column}`, one]));
  }

  read(): Line[] {
    const tokens = new Tokens(this.bytes);
    const lines: Line[] = [];
    for (let at = 0; at < this.length; at = tokens.end + 1) {
      const fields: number[] = [];
      tokens.strings.fields = [];
      tokens.from(at);
      lines.push({ tokens: this.line(tokens, fields), inField: false });
      for (let index = 0; index < fields.length; index += 3)
        lines.push({ tokens: this.field(fields[index], fields[index + 1]), inField: true });
    }
    return lines;
  }

  private line(tokens: Tokens, fields: number[]): Token[] {
    const line: Token[] = [];
    for (; tokens.kind !== Kind.End && tokens.kind !== Kind.Broken; tokens.next()) {
      line.push(this.token(tokens));
      fields.push(...(tokens.strings.fields ?? []));
      tokens.strings.fields = [];
    }
    return line;
  }

  private field(start: number, end: number): Token[] {
    const tokens = new Tokens(this.bytes);
    const line: Token[] = [];
    // In braces newlines are blanks.
    tokens.end = start;
    tokens.depth = 1;
    while (tokens.next() !== Kind.End && tokens.kind !== Kind.Broken && tokens.start < end)
      line.push(this.token(tokens));
    return line;
  }

  private token({ kind, start, end, strings }: Tokens): Token {
    const place = this.places.of(start);
    const value =
      kind === Kind.String ? literalOf(this.bytes, start, end, strings.fields ?? []).value : undefined;
    return {
      kind,
      text: kind === Kind.Name ? nameOf(this.bytes, start, end) : textOf(this.bytes, start, end),
      start: this.offset(place),
      end: this.offset(this.places.of(end)),
      line: place.line,
      value,
      begins: this.begins.get(`${place.line}:${place.column}`),
    };
  }

  private offset({ line, column }: { line: number; column: number }): number {
    return this.starts[line - 1] + (this.piece.shifts[line - 1] ?? 0) + column - 1;
  }
}

/** Where lines begin, whatever ends them. */
function startsOf(text: string): number[] {
  return [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map((end) => end.index + end[0].length)];
}

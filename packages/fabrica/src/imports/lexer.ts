import {
  BACKSLASH,
  bytesIn,
  CLOSES,
  COLON,
  DOUBLE_QUOTE,
  FORM_FEED,
  HASH,
  NEWLINE,
  NUL,
  OPEN,
  SEMICOLON,
  SINGLE_QUOTE,
  SPACE,
  STOPS,
  TAB,
} from './characters';
import { isLoader, Strings, type Trouble } from './strings';

/** How statements begin that matter here: `import`, `from`, `if`, `elif`, and `lazy import` of Python 3.15. */
const CANDIDATES = bytesIn('ifel');

/** CPython's own limits. */
const MOST_BRACKETS = 200;
const MOST_INDENTS = 100;

/** A tab ends at the next multiple of 8; what is consistent must be so whatever a tab is worth (CPython's rule). */
const TAB_STOP = 8;

/**
 * Goes through a source from statement to statement, and stops at those that may import something. Strings, comments,
 * brackets and line joins are read as CPython's tokenizer reads them; all else is skipped.
 */
export class Lexer {
  /** Where a candidate stands, after {@link next}. */
  start = 0;
  /** Whether it is the first statement of its logical line. */
  first = false;
  /** How many blocks it stands in. */
  level = 0;
  /** Where reading goes on. Whoever reads tokens of a statement moves it, and never into brackets or a string. */
  at = 0;
  /** Where blocks are that only type checkers read: start, end, start, end; the last end is missing while in one. */
  readonly guarded: number[] = [];
  trouble?: Trouble;

  private calls = false;
  private begun = false;
  /** The level of the `if TYPE_CHECKING:` whose block is being read; -1 outside of any. */
  private guard = -1;
  /** Whether the last logical line opened a block. */
  private opens = false;
  private readonly strings: Strings;
  private readonly closers = new Uint8Array(MOST_BRACKETS);
  private readonly opened: number[] = [];
  /** How far the line is indented, and how far it would be if tabs were worth one. */
  private column = 0;
  private tabless = 0;
  /** The same of the blocks that the line stands in. */
  private readonly columns = [0];
  private readonly others = [0];

  constructor(private readonly bytes: Buffer) {
    this.strings = new Strings(bytes);
  }

  /** Moves to the next statement that may be an import or an `if`; false at the end, or when there is trouble. */
  next(): boolean {
    const { bytes } = this;
    let at = this.at;
    if (this.trouble) return false;
    if (!this.begun) {
      this.begun = true;
      at = this.line(at);
      if (at < 0) return false;
      if (CANDIDATES[bytes[at]] === 1) return this.stop(at, true);
    }
    for (let depth = 0; ;) {
      while (STOPS[bytes[at]] === 0) at++;
      const byte = bytes[at];
      switch (byte) {
        case NEWLINE:
          at++;
          if (depth > 0) break;
          at = this.line(at);
          if (at < 0) return false;
          if (CANDIDATES[bytes[at]] === 1) return this.stop(at, true);
          break;
        case SINGLE_QUOTE:
        case DOUBLE_QUOTE:
          at = this.strings.end(at);
          if (at < 0) return this.fail(this.strings.trouble as Trouble);
          break;
        case HASH:
          at = this.comment(at);
          break;
        case BACKSLASH:
          if (bytes[at + 1] !== NEWLINE) return this.fails(at, 'a backslash joins nothing');
          at += 2;
          break;
        case COLON:
        case SEMICOLON:
          at++;
          if (depth > 0) break;
          at = this.blanks(at);
          if (byte === COLON) this.opens = bytes[at] === NEWLINE || bytes[at] === HASH || bytes[at] === NUL;
          if (CANDIDATES[bytes[at]] === 1) return this.stop(at, false);
          break;
        case NUL:
          if (depth > 0) return this.fails(this.opened[depth - 1], 'this bracket is never closed');
          return this.ends(at);
        default:
          if (CLOSES[byte] !== 0) {
            if (depth === MOST_BRACKETS) return this.fails(at, 'brackets are nested too deeply');
            if (byte === OPEN) this.calls ||= isLoader(bytes, at);
            this.closers[depth] = CLOSES[byte];
            this.opened[depth++] = at++;
          } else if (depth > 0 && this.closers[depth - 1] === byte) {
            depth--;
            at++;
          } else return this.fails(at, unexpected(byte));
      }
    }
  }

  /** Whether the statement stands below `if TYPE_CHECKING:`. */
  get typeChecking(): boolean {
    return this.guard >= 0;
  }

  /** Says that the current statement is `if TYPE_CHECKING:`; blocks in its block are part of it. */
  guardBlock(): void {
    if (this.guard >= 0) return;
    this.guard = this.level;
    this.guarded.push(this.start);
  }

  /** Whether something so far is a call of `import_module` or `__import__`. */
  get loads(): boolean {
    return this.strings.loads || this.calls;
  }

  private stop(at: number, first: boolean): true {
    this.start = this.at = at;
    this.first = first;
    return true;
  }

  /** The source is over: a block that was opened must not be empty. */
  private ends(at: number): false {
    this.at = at;
    if (this.opens) this.fails(at, 'an indented block is missing');
    return false;
  }

  /** Begins a logical line: past blank lines and comments to its first token; -1 at the end or when there is trouble. */
  private line(from: number): number {
    const { bytes } = this;
    for (let start = from; ;) {
      let at = start;
      while (bytes[at] === SPACE) at++;
      this.column = this.tabless = at - start;
      if (ODD_BLANKS[bytes[at]] === 1) at = this.oddIndentation(at);
      if (bytes[at] === HASH) at = this.comment(at);
      if (bytes[at] === NUL) {
        this.ends(at);
        return -1;
      }
      if (bytes[at] !== NEWLINE) return this.indent(at) ? at : -1;
      start = at + 1;
    }
  }

  /** Reads on in an indentation that isn't of spaces alone. */
  private oddIndentation(from: number): number {
    const { bytes } = this;
    let joined = 0;
    for (let at = from; ; at++) {
      const byte = bytes[at];
      if (byte === SPACE || byte === TAB) {
        this.column = byte === TAB ? (Math.floor(this.column / TAB_STOP) + 1) * TAB_STOP : this.column + 1;
        this.tabless++;
      } else if (byte === FORM_FEED) this.column = this.tabless = 0;
      else if (byte === BACKSLASH && bytes[at + 1] === NEWLINE) {
        joined ||= this.column; // the first line of those that are joined says how far it is indented
        at++;
      } else {
        if (joined > 0) this.column = this.tabless = joined;
        return at;
      }
    }
  }

  /** Opens and closes blocks, as the indentation of a logical line says. */
  private indent(at: number): boolean {
    const { columns, others, column, tabless, opens } = this;
    this.opens = false;
    const deeper = column > columns[this.level];
    if (deeper !== opens)
      return this.fails(at, opens ? 'an indented block is missing' : 'this line is indented for no reason');
    if (deeper) {
      if (tabless <= others[this.level]) return this.fails(at, TABS);
      if (++this.level === MOST_INDENTS) return this.fails(at, 'blocks are nested too deeply');
      [columns[this.level], others[this.level]] = [column, tabless];
      return true;
    }
    while (this.level > 0 && column < columns[this.level]) this.level--;
    if (this.level <= this.guard) {
      this.guard = -1;
      this.guarded.push(at);
    }
    if (column !== columns[this.level])
      return this.fails(at, 'this line fits no block: its indentation is none of those before it');
    return tabless === others[this.level] || this.fails(at, TABS);
  }

  private comment(from: number): number {
    const { bytes } = this;
    let at = from;
    while (bytes[at] !== NEWLINE && bytes[at] !== NUL) at++;
    return at;
  }

  /** Past blanks and joined lines. */
  private blanks(from: number): number {
    const { bytes } = this;
    for (let at = from; ; at++) {
      const byte = bytes[at];
      if (byte === BACKSLASH && bytes[at + 1] === NEWLINE) at++;
      else if (byte !== SPACE && byte !== TAB && byte !== FORM_FEED) return at;
    }
  }

  private fails(at: number, message: string): false {
    return this.fail({ at, message });
  }

  /** Ends the reading. */
  fail(trouble: Trouble): false {
    this.trouble ??= trouble;
    return false;
  }
}

const ODD_BLANKS = bytesIn('\t\f\\');
const TABS = 'tabs and spaces of this indentation are mixed differently from the line before it';

function unexpected(byte: number): string {
  const character = String.fromCharCode(byte);
  return ')]}'.includes(character) ? `this ${character} closes no bracket` : `Python knows no ${character}`;
}

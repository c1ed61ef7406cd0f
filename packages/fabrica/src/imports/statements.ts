import { CLOSE, COLON, COMMA, DOT, IN_NAME, OPEN, SEMICOLON, STAR } from './characters';
import { KEYWORDS } from '../workspace/python-names';
import type { Lexer } from './lexer';
import { textOf } from './source';
import { Kind, Tokens } from './tokens';

/** What one statement imports, at an offset. */
export interface Found {
  readonly at: number;
  readonly kind: 'plain' | 'from';
  readonly module: string;
  readonly names?: readonly string[];
  readonly level: number;
  readonly typeChecking: boolean;
}

/** A name that an import binds under another than its own: `np` for `numpy`. */
export type Bind = (local: string, qualified: string) => void;

const MALFORMED = 'this import is malformed';

/** Reads the import statements of a source. */
export class Statements {
  private readonly found: Found[] = [];
  private readonly tokens: Tokens;

  constructor(
    private readonly bytes: Buffer,
    private readonly lexer: Lexer,
    private readonly bind: Bind,
  ) {
    this.tokens = new Tokens(bytes);
  }

  /** Reads to the end, or to the trouble that the lexer then has. */
  read(): readonly Found[] {
    const { lexer, bytes } = this;
    while (lexer.next()) {
      const at = lexer.start;
      if (isWord(bytes, at, IMPORT)) this.plain(at, at + IMPORT.length);
      else if (isWord(bytes, at, FROM)) this.from(at, at + FROM.length);
      else if (isWord(bytes, at, LAZY)) this.lazy(at);
      else if (lexer.first && this.isTypeChecking(at)) lexer.guardBlock();
    }
    return this.found;
  }

  /** `import a.b as c, d` */
  private plain(at: number, after: number): void {
    const { tokens } = this;
    tokens.from(after);
    do {
      if (tokens.is(COMMA)) tokens.next();
      const start = tokens.start;
      const module = this.dotted();
      if (module === undefined) return this.malformed(at);
      const alias = this.alias();
      if (alias === undefined) return this.malformed(at);
      if (alias) this.bind(alias, module);
      this.add(start, 'plain', module, 0);
    } while (tokens.is(COMMA));
    this.end(at);
  }

  /** `from ..a.b import c as d, e`, with or without brackets around the names */
  private from(at: number, after: number): void {
    const { tokens } = this;
    tokens.from(after);
    let level = 0;
    for (; tokens.is(DOT); tokens.next()) level++;
    const module = level > 0 && isWord(this.bytes, tokens.start, IMPORT) ? '' : this.dotted();
    if (module === undefined || !isWord(this.bytes, tokens.start, IMPORT)) return this.malformed(at);
    tokens.next();
    const names = this.names(level === 0 ? module : undefined);
    if (!names) return this.malformed(at);
    this.add(at, 'from', module, level, names);
    this.end(at);
  }

  /** What a `from` takes; undefined when that is malformed. */
  private names(module: string | undefined): string[] | undefined {
    const { tokens } = this;
    if (tokens.is(STAR)) {
      tokens.next();
      if (module) this.bind('*', `${module}.*`);
      return ['*'];
    }
    const bracket = tokens.is(OPEN);
    if (bracket) tokens.next();
    const names: string[] = [];
    for (;;) {
      const name = this.name();
      if (name === undefined) return undefined;
      names.push(name);
      const alias = this.alias();
      if (alias === undefined) return undefined;
      if (module) this.bind(alias || name, `${module}.${name}`);
      if (!tokens.is(COMMA)) break;
      tokens.next();
      if (bracket && tokens.is(CLOSE)) break;
    }
    if (!bracket) return names;
    if (!tokens.is(CLOSE)) return undefined;
    tokens.next();
    return names;
  }

  /** The name after `as`; empty when there is no `as`, undefined when no name follows it. */
  private alias(): string | undefined {
    if (!isWord(this.bytes, this.tokens.start, AS)) return '';
    this.tokens.next();
    return this.name();
  }

  private name(): string | undefined {
    const { tokens } = this;
    if (tokens.kind !== Kind.Name) return undefined;
    const name = nameOf(this.bytes, tokens.start, tokens.end);
    tokens.next();
    return isKeyword(name) ? undefined : name;
  }

  /** `a.b.c`, also with blanks around its dots. */
  private dotted(): string | undefined {
    const { tokens } = this;
    let module = this.name();
    while (module !== undefined && tokens.is(DOT)) {
      tokens.next();
      const name = this.name();
      module = name === undefined ? undefined : `${module}.${name}`;
    }
    return module;
  }

  /** `lazy import a`, `lazy from a import b`: Python 3.15 reads them when they are first used. */
  private lazy(at: number): void {
    const { tokens, bytes } = this;
    tokens.from(at + LAZY.length);
    if (isWord(bytes, tokens.start, IMPORT)) this.plain(at, tokens.end);
    else if (isWord(bytes, tokens.start, FROM)) this.from(at, tokens.end);
  }

  /** `if TYPE_CHECKING:`, `elif typing.TYPE_CHECKING:` */
  private isTypeChecking(at: number): boolean {
    const { tokens, bytes } = this;
    if (!isWord(bytes, at, IF) && !isWord(bytes, at, ELIF)) return false;
    tokens.from(at);
    tokens.next();
    while (tokens.is(OPEN)) tokens.next();
    let last = -1;
    while (tokens.kind === Kind.Name) {
      last = tokens.start;
      tokens.next();
      if (!tokens.is(DOT)) break;
      tokens.next();
    }
    if (last < 0 || !isWord(bytes, last, TYPE_CHECKING)) return false;
    while (tokens.is(CLOSE)) tokens.next();
    return tokens.is(COLON) && tokens.depth === 0;
  }

  private add(at: number, kind: Found['kind'], module: string, level: number, names?: string[]): void {
    this.found.push({ at, kind, module, names, level, typeChecking: this.lexer.typeChecking });
  }

  /** Nothing else may follow on the statement's line. */
  private end(at: number): void {
    const { tokens } = this;
    if (tokens.kind !== Kind.End && !tokens.is(SEMICOLON)) return this.malformed(at);
    this.lexer.at = tokens.start;
  }

  private malformed(at: number): void {
    this.lexer.fail({ at, message: MALFORMED });
  }
}

const [IMPORT, FROM, LAZY, AS, IF, ELIF, TYPE_CHECKING] = [
  'import',
  'from',
  'lazy',
  'as',
  'if',
  'elif',
  'TYPE_CHECKING',
].map((word) => new Uint8Array(Buffer.from(word)));

/** Whether a whole word stands at an offset. */
function isWord(bytes: Buffer, at: number, word: Uint8Array): boolean {
  for (let index = 0; index < word.length; index++) if (bytes[at + index] !== word[index]) return false;
  return IN_NAME[bytes[at + word.length]] === 0;
}

/** The text of a name. Python takes names that look the same for the same (NFKC). */
export function nameOf(bytes: Buffer, start: number, end: number): string {
  const text = textOf(bytes, start, end);
  return text.length === end - start ? text : text.normalize('NFKC');
}

const CONSTANTS = ['None', 'True', 'False'];
const RESERVED: ReadonlySet<string> = new Set(
  [...KEYWORDS]
    .filter((word) => !CONSTANTS.some((constant) => constant.toLowerCase() === word))
    .concat(CONSTANTS),
);

function isKeyword(name: string): boolean {
  return RESERVED.has(name);
}

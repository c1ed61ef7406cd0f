import type { Import } from '../types';
import type { Line, Token } from './scan';

/** One module of `import a.b as c, d`. */
export interface Plain {
  readonly kind: 'plain';
  readonly module: string;
  readonly first: Token;
  readonly last: Token;
  readonly alias?: string;
  /** The word `import`, when the statement names no other module. */
  readonly alone?: Token;
}

/** `from a import b as c, d` */
export interface From {
  readonly kind: 'from';
  readonly found: Import;
  /** What a statement that stands beside it begins with: `from`, `lazy from`. */
  readonly opening: string;
  readonly start: Token;
  /** Of the module, with its dots. */
  readonly first: Token;
  readonly last: Token;
  readonly names: readonly Name[];
  readonly comma?: Token;
  readonly end: Token;
}

/** A name that a `from` takes. */
export interface Name {
  readonly name: string;
  readonly alias?: string;
  readonly first: Token;
  readonly last: Token;
}

export type Statement = Plain | From;

/** The imports of a logical line, and its other tokens. */
export interface Parsed {
  readonly statements: readonly Statement[];
  /** The tokens with `undefined` in the place of those that belong to an import. */
  readonly rest: readonly (Token | undefined)[];
}

/** Takes the import statements out of a line, which are known to be well formed. */
export function parse({ tokens }: Line): Parsed {
  const statements: Statement[] = [];
  const rest: (Token | undefined)[] = [...tokens];
  for (let index = 0; index < tokens.length; index++) {
    const found = tokens[index].begins;
    if (!found || found.kind === 'dynamic') continue;
    const { statement, end } =
      found.kind === 'plain' ? plain(tokens, index, found.module) : from(tokens, index, found);
    statements.push(statement);
    rest.fill(undefined, index, end);
    index = end - 1;
  }
  return { statements, rest };
}

function plain(tokens: readonly Token[], index: number, module: string): { statement: Plain; end: number } {
  const end = index + module.split('.').length * 2 - 1;
  const alias = tokens[end]?.text === 'as' ? tokens[end + 1].text : undefined;
  const after = alias === undefined ? end : end + 2;
  const before = tokens[index - 1];
  const alone = before.text === 'import' && tokens[after]?.text !== ',' ? before : undefined;
  const statement: Plain = {
    kind: 'plain',
    module,
    first: tokens[index],
    last: tokens[end - 1],
    alias,
    alone,
  };
  return { statement, end: after };
}

function from(tokens: readonly Token[], start: number, found: Import): { statement: From; end: number } {
  const word = tokens[start].text === 'lazy' ? start + 1 : start;
  let at = word + 1;
  while (tokens[at].text !== 'import') at++;
  const last = tokens[at - 1];
  const bracket = tokens[++at].text === '(';
  if (bracket) at++;
  const { names, comma, end } = namesFrom(tokens, at);
  const after = bracket ? end + 1 : end;
  return {
    statement: {
      kind: 'from',
      found,
      opening: tokens
        .slice(start, word + 1)
        .map(({ text }) => text)
        .join(' '),
      start: tokens[start],
      first: tokens[word + 1],
      last,
      names,
      comma,
      end: tokens[after - 1],
    },
    end: after,
  };
}

function namesFrom(tokens: readonly Token[], from: number): { names: Name[]; comma?: Token; end: number } {
  const names: Name[] = [];
  let comma: Token | undefined;
  let at = from;
  while (tokens[at] && ![')', ';'].includes(tokens[at].text)) {
    const first = tokens[at];
    const alias = tokens[at + 1]?.text === 'as' ? tokens[at + 2].text : undefined;
    at += alias === undefined ? 1 : 3;
    names.push({ name: first.text, alias, first, last: tokens[at - 1] });
    comma = tokens[at]?.text === ',' ? tokens[at++] : undefined;
  }
  return { names, comma, end: at };
}

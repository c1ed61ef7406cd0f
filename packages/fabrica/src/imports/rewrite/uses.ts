import { Kind } from '../tokens';
import type { Edits } from './edits';
import type { Token } from './scan';
import type { Parsed, Statement } from './statements';

/** A piece with its imports taken out, and what is to be done to it. */
export interface Part {
  readonly edits: Edits;
  readonly lines: readonly (Parsed & { readonly inField: boolean })[];
}

/** A name in the code that is no attribute of something: `a.b.c`, or `a` by itself, which may also give it a value. */
export interface Use {
  readonly edits: Edits;
  /** The names of the chain, without its dots. */
  readonly names: readonly Token[];
}

/** All uses of names in a source by their first name, and the names that imports give. */
export interface Names {
  readonly uses: ReadonlyMap<string, readonly Use[]>;
  /** Names that imports bind otherwise than as the root of `import a.b`. */
  readonly bound: ReadonlySet<string>;
}

export function readNames(parts: readonly Part[]): Names {
  const uses = new Map<string, Use[]>();
  const bound = new Set<string>();
  for (const { edits, lines } of parts)
    for (const { rest, statements, inField } of lines) {
      for (const statement of statements) boundBy(statement).forEach((name) => bound.add(name));
      for (const names of chains(rest, inField)) {
        const [{ text }] = names;
        uses.set(text, [...(uses.get(text) ?? []), { edits, names }]);
      }
    }
  return { uses, bound };
}

function boundBy(statement: Statement): string[] {
  if (statement.kind === 'plain') return statement.alias === undefined ? [] : [statement.alias];
  return statement.names.map(({ name, alias }) => alias ?? name);
}

const BRACKETS = new Map([
  ['(', 1],
  ['[', 1],
  ['{', 1],
  [')', -1],
  [']', -1],
  ['}', -1],
]);

function* chains(rest: Parsed['rest'], inField: boolean): Generator<Token[]> {
  let depth = 0;
  let defines = inField;
  for (let index = 0; index < rest.length; index++) {
    const token = rest[index];
    if (token?.kind === Kind.Operator) depth += BRACKETS.get(token.text) ?? 0;
    if (token?.kind !== Kind.Name || rest[index - 1]?.text === '.') continue;
    defines ||= token.text === 'def' || token.text === 'lambda';
    const names = chainAt(rest, index);
    index += names.length * 2 - 2;
    // The name of an argument: `f(a=1)`.
    if (names.length > 1 || defines || depth === 0 || rest[index + 1]?.text !== '=') yield names;
  }
}

function chainAt(rest: Parsed['rest'], from: number): Token[] {
  const names = [rest[from] as Token];
  for (let at = from + 1; rest[at]?.text === '.' && rest[at + 1]?.kind === Kind.Name; at += 2)
    names.push(rest[at + 1] as Token);
  return names;
}

import { literalOf, type Literal } from './literals';
import { textOf, type Places } from './source';
import { nameOf } from './statements';
import { Kind, Tokens } from './tokens';
import type { Import, PathChange } from './types';

/** A token of the few lines that are looked at closely. */
interface Token {
  readonly kind: Kind;
  readonly start: number;
  readonly text: string;
  readonly literal?: Literal;
}

/** What is found in a source besides its import statements. */
export interface Calls {
  readonly imports: Import[];
  readonly events: PathChange[];
}

export interface Context {
  readonly bytes: Buffer;
  readonly places: Places;
  /** What names stand for, where that isn't what they say: `load` → `importlib.import_module`. */
  readonly bindings: ReadonlyMap<string, string>;
  /** Whether a module was imported, or may have been. */
  readonly isImported: (module: string) => boolean;
  /** Whether an offset stands below `if TYPE_CHECKING:`. */
  readonly isGuarded: (at: number) => boolean;
  /** Where the part of the source that could be read ends. */
  readonly end: number;
}

const LOADERS = new Set([
  'importlib.import_module',
  'importlib.__import__',
  'builtins.__import__',
  '__import__',
]);
const ADDS = new Set(['sys.path.append', 'sys.path.insert', 'sys.path.extend']);
const VARIABLE = 'PYTHONPATH';
const SETS_VARIABLE = new Set(['os.putenv', 'os.environ.setdefault', 'os.environ.update']);

/** Finds dynamic imports and changes of the path, token by token: few sources have any. */
export function findCalls(context: Context): Calls {
  const calls: Calls = { imports: [], events: [] };
  const tokens = new Tokens(context.bytes);
  const isTelling = tellingNames(context.bindings);
  for (let at = 0; at < context.end; at = tokens.end + 1) {
    if (!mayHold(tokens, at, isTelling)) continue;
    const { line, fields } = readLine(tokens, at, context.end);
    const literals = line.flatMap(({ literal }) => literal?.pieces ?? []);
    search(line, literals, context, calls);
    for (let index = 0; index < fields.length; index += 3)
      search(readField(context.bytes, fields[index], fields[index + 1]), literals, context, calls, true);
    if (tokens.kind === Kind.Broken) break;
  }
  return calls;
}

type IsTelling = (bytes: Buffer, start: number, end: number) => boolean;

/** Tells the names that stand in every line that matters, by their first and last byte and their length. */
function tellingNames(bindings: Context['bindings']): IsTelling {
  const names = ['import_module', '__import__', 'path', 'addsitedir', 'environ', 'putenv'];
  for (const [local, name] of bindings) if (name.includes('.')) names.push(local);
  const key = (first: number, last: number, length: number) => (length * 256 + first) * 256 + last;
  const keys = new Set(
    names.map((name) => key(name.charCodeAt(0), name.charCodeAt(name.length - 1), name.length)),
  );
  return (bytes, start, end) =>
    bytes[start] > 127 || keys.has(key(bytes[start], bytes[end - 1], end - start));
}

/** Whether a logical line is worth making objects of its tokens. Afterwards the tokens stand at its end. */
function mayHold(tokens: Tokens, at: number, isTelling: IsTelling): boolean {
  let may = false;
  tokens.strings.fields = [];
  for (let kind = tokens.from(at); kind !== Kind.End && kind !== Kind.Broken; kind = tokens.next())
    may ||= kind === Kind.Name && isTelling(tokens.bytes, tokens.start, tokens.end);
  return may || tokens.strings.fields.length > 0;
}

/** The tokens of a logical line, and where in it code stands in f-strings. */
function readLine(tokens: Tokens, at: number, end: number): { line: Token[]; fields: number[] } {
  const [line, fields]: [Token[], number[]] = [[], []];
  const step = (kind: Kind) => kind !== Kind.End && kind !== Kind.Broken && tokens.start < end;
  tokens.strings.fields = [];
  for (let kind = tokens.from(at); step(kind); kind = tokens.next()) {
    line.push(tokenOf(tokens));
    fields.push(...tokens.strings.fields);
    tokens.strings.fields = [];
  }
  return { line, fields };
}

/** The tokens in the braces of an f-string. */
function readField(bytes: Buffer, start: number, end: number): Token[] {
  const tokens = new Tokens(bytes);
  const line: Token[] = [];
  // In braces newlines are blanks.
  tokens.end = start;
  tokens.depth = 1;
  while (tokens.next() !== Kind.End && tokens.kind !== Kind.Broken && tokens.start < end)
    line.push(tokenOf(tokens));
  return line;
}

function tokenOf({ kind, start, end, bytes, strings }: Tokens): Token {
  if (kind === Kind.Name) return { kind, start, text: nameOf(bytes, start, end) };
  if (kind !== Kind.String) return { kind, start, text: textOf(bytes, start, end) };
  return { kind, start, text: '', literal: literalOf(bytes, start, end, strings.fields ?? []) };
}

/** @param inField whether the tokens stand in an f-string, where `=` assigns nothing */
function search(
  line: readonly Token[],
  literals: readonly string[],
  context: Context,
  calls: Calls,
  inField = false,
): void {
  let depth = inField ? 1 : 0;
  for (let index = 0; index < line.length; index++) {
    if (isOpening(line[index])) depth++;
    if (isClosing(line[index])) depth--;
    if (line[index].kind !== Kind.Name || line[index - 1]?.text === '.') continue;
    const { name, next } = qualified(line, index, context.bindings);
    const at = line[index].start;
    const found = LOADERS.has(name) ? dynamic(name, line, next) : undefined;
    if (found)
      calls.imports.push({ ...found, typeChecking: context.isGuarded(at), ...context.places.of(at) });
    const isKnown = context.isImported(name.split('.', 1)[0]);
    const what = isKnown ? changes(name, line, next, depth === 0) : undefined;
    if (what) calls.events.push({ kind: 'path', what, literals, ...context.places.of(at) });
  }
}

/** The dotted name at a token, in full: `il.import_module` is `importlib.import_module` after `import importlib as il`. */
function qualified(line: readonly Token[], index: number, bindings: Context['bindings']) {
  let name = bindings.get(line[index].text) ?? line[index].text;
  let next = index + 1;
  for (; line[next]?.text === '.' && line[next + 1]?.kind === Kind.Name; next += 2)
    name += `.${line[next + 1].text}`;
  return { name, next };
}

type Arguments = readonly { readonly keyword?: string; readonly tokens: readonly Token[] }[];

/** The arguments of a call, from the token after its bracket. */
function argumentsOf(line: readonly Token[], from: number): Arguments {
  const found: { keyword?: string; tokens: Token[] }[] = [{ tokens: [] }];
  let depth = 0;
  for (const token of line.slice(from)) {
    if (isOpening(token)) depth++;
    if (isClosing(token) && depth-- === 0) break;
    const last = found[found.length - 1];
    if (depth === 0 && isOperator(token, ',')) found.push({ tokens: [] });
    else if (depth === 0 && isOperator(token, '=') && last.tokens.length === 1)
      last.keyword = last.tokens.pop()?.text;
    else last.tokens.push(token);
  }
  return found;
}

function isOperator({ kind, text }: Token, operator: string): boolean {
  return kind === Kind.Operator && text === operator;
}

function isOpening({ kind, text }: Token): boolean {
  return kind === Kind.Operator && (text === '(' || text === '[' || text === '{');
}

function isClosing({ kind, text }: Token): boolean {
  return kind === Kind.Operator && (text === ')' || text === ']' || text === '}');
}

/** What a call of a loader imports, when it names it literally. */
function dynamic(
  loader: string,
  line: readonly Token[],
  next: number,
): Pick<Import, 'kind' | 'module' | 'level' | 'package'> | undefined {
  if (line[next]?.text !== '(') return undefined;
  const all = argumentsOf(line, next + 1);
  const argument = (name: string, index: number) =>
    all.find(({ keyword }) => keyword === name) ??
    (all[index]?.keyword === undefined ? all[index] : undefined);
  const module = literal(argument('name', 0)?.tokens);
  if (!module) return undefined;
  if (!loader.endsWith('import_module')) {
    const level = Number(argument('level', 4)?.tokens[0]?.text ?? 0);
    return { kind: 'dynamic', module, level: level > 0 ? level : 0 };
  }
  const name = withoutDots(module);
  const anchor = literal(argument('package', 1)?.tokens);
  return { kind: 'dynamic', module: name, level: module.length - name.length, package: anchor };
}

function withoutDots(module: string): string {
  let start = 0;
  while (module[start] === '.') start++;
  return module.slice(start);
}

/** The value of literals that stand side by side. */
function literal(tokens: readonly Token[] | undefined): string | undefined {
  if (!tokens?.length) return undefined;
  const values = tokens.map((token) => token.literal?.value);
  return values.every((value) => value !== undefined) ? values.join('') : undefined;
}

/** Which path a use of a name changes, if it does. */
function changes(
  name: string,
  line: readonly Token[],
  next: number,
  mayAssign: boolean,
): PathChange['what'] | undefined {
  const isCall = line[next] !== undefined && isOperator(line[next], '(');
  const isAssigned = mayAssign && line[next] !== undefined && isSet(line, next);
  if (isCall && name === 'site.addsitedir') return 'site.addsitedir';
  if ((isCall && ADDS.has(name)) || (isAssigned && name === 'sys.path')) return 'sys.path';
  if (!(isCall && SETS_VARIABLE.has(name)) && !(isAssigned && name === 'os.environ')) return undefined;
  const group = line.slice(next, afterGroup(line, next));
  const isNamed = group.some(({ text, literal }) => text === VARIABLE || literal?.value === VARIABLE);
  return isNamed ? VARIABLE : undefined;
}

/** Whether what ends at a token is assigned to, or an item or a slice of it; also beside others: `a, sys.path = b`. */
function isSet(line: readonly Token[], from: number): boolean {
  for (let index = from; index < line.length; index++) {
    const token = line[index];
    if (isOperator(token, '=') || isOperator(token, '+=')) return true;
    if (isOperator(token, '[') && index === from) index = afterGroup(line, from) - 1;
    else if (isOperator(token, ',')) index = lastOfItem(line, index + 1);
    else return false;
  }
  return false;
}

/** The last token before the next comma or operator of a list without brackets. */
function lastOfItem(line: readonly Token[], from: number): number {
  let index = from;
  while (index < line.length && !ITEM_ENDS.has(line[index].text)) {
    index = isOpening(line[index]) ? afterGroup(line, index) : index + 1;
  }
  return index - 1;
}

const ITEM_ENDS = new Set([',', '=', ':', ';', '==']);

/** The token after a bracket and what is in it. */
function afterGroup(line: readonly Token[], open: number): number {
  let depth = 0;
  for (let index = open; index < line.length; index++) {
    if (isOpening(line[index])) depth++;
    if (isClosing(line[index])) depth--;
    if (depth === 0) return index + 1;
  }
  return line.length;
}

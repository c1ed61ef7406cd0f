import { findCalls, type Calls } from './calls';
import { Lexer } from './lexer';
import { Places, prepare, type Source } from './source';
import { Statements, type Found } from './statements';
import type { FileImports, Import, Problem } from './types';

/** What must stand in a source that has anything to find besides import statements, by the module that it uses. */
const TRACES: ReadonlyMap<string, string> = new Map([
  ['sys', 'sys.path'],
  ['site', 'addsitedir'],
  ['os', 'PYTHONPATH'],
]);

/** What is looked for, under whatever name it goes in a source. */
const TRACED: ReadonlySet<string> = new Set(
  ['importlib', 'importlib.import_module', 'importlib.__import__', 'sys', 'sys.path'].concat([
    'site',
    'site.addsitedir',
    'os',
    'os.environ',
    'os.putenv',
  ]),
);

/**
 * All that a Python source imports. It is never run, and read by what CPython's tokenizer and grammar say about
 * imports: text in strings and comments is nothing. Never throws: a source that can't be read to its end has a problem.
 *
 * @example
 * importsOf('from ..features import add_features').imports;
 * // [{ kind: 'from', module: 'features', level: 2, names: ['add_features'], line: 1, column: 1, … }]
 */
export function importsOf(text: Uint8Array | string): FileImports {
  return readSource(text, newScope());
}

/** What names mean in a source: the cells of a notebook share it. */
export interface Scope {
  /** What names stand for, where that isn't what they say: `load` → `importlib.import_module`. */
  readonly bindings: Map<string, string>;
  /** The modules that were imported, by their first name; `*` when some brought in all that they have. */
  readonly roots: Set<string>;
}

export function newScope(): Scope {
  return { bindings: new Map(), roots: new Set() };
}

/** Reads a source whose names may come from those read before. */
export function readSource(text: Uint8Array | string, scope: Scope): FileImports {
  const source = prepare(text);
  const lexer = new Lexer(source.bytes);
  const found = new Statements(source.bytes, lexer, (local, name) => bindTo(scope, local, name)).read();
  const places = new Places(source.bytes);
  const imports = found.map((one) => toImport(one, places));
  const problem = source.problem ?? (lexer.trouble && toProblem(lexer.trouble, source));
  for (const { module, names } of imports)
    scope.roots.add(names?.[0] === '*' ? '*' : module.split('.', 1)[0]);
  if (!lexer.loads && !hasTraces(source, scope)) return { imports, events: [], problem };
  const calls = findCalls({
    bytes: source.bytes,
    places: new Places(source.bytes),
    bindings: scope.bindings,
    isImported: (module) => scope.roots.has(module) || scope.roots.has('*'),
    isGuarded: (at) => lexer.guarded.filter((edge) => edge <= at).length % 2 === 1,
    end: lexer.trouble ? lexer.at : source.length,
  });
  return { imports: merged(imports, calls), events: calls.events, problem };
}

function toImport({ at, kind, module, names, level, typeChecking }: Found, places: Places): Import {
  const { line, column } = places.of(at);
  return { module, names, level, kind, typeChecking, line, column };
}

function toProblem({ at, message }: { at: number; message: string }, { bytes }: Source): Problem {
  return { message, line: new Places(bytes).of(at).line };
}

function bindTo({ bindings }: Scope, local: string, name: string): void {
  if (local !== '*') {
    if (TRACED.has(name)) bindings.set(local, name);
    return;
  }
  const module = name.slice(0, -1);
  for (const one of TRACED) if (one.startsWith(module)) bindings.set(one.slice(module.length), one);
}

function hasTraces(source: Source, { bindings, roots }: Scope): boolean {
  for (const [local, name] of bindings) if (isHidden(local, name)) return true;
  const text = source.bytes.subarray(0, source.length);
  // What a star brought in is anybody's guess.
  for (const [module, trace] of TRACES)
    if ((roots.has('*') || roots.has(module)) && text.includes(trace)) return true;
  return false;
}

/** Whether uses of a name leave no trace: `load('a')`, where `load` is `import_module`. */
function isHidden(local: string, name: string): boolean {
  return name.startsWith('sys') || (name.startsWith('importlib.') && !name.endsWith(`.${local}`));
}

function merged(imports: readonly Import[], calls: Calls): Import[] {
  return [...imports, ...calls.imports].sort(
    (one, other) => one.line - other.line || one.column - other.column,
  );
}

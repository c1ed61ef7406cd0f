import { resolveRelative } from '../relative';
import { Kind } from '../tokens';
import type { Import } from '../types';
import type { Edits } from './edits';
import type { Move } from './from';
import { renamed, renamedPart, rootOf } from './renames';
import type { Line, Token } from './scan';

/** `a.b`, `a.b.c`, `a.b:app` */
const DOTTED = /^[^\W\d]\w*(?:\.[^\W\d]\w*)+(?::[\w.]+)?$/u;

/** A call that imports what a string names. */
interface Call {
  readonly found: Import;
  readonly at: Token;
  readonly isLoader: boolean;
}

/**
 * Rewrites strings that name a module: what `import_module` imports, and whole strings of the form `a.b.c` or `a.b:c`
 * where `a.b` is a module with a new name, as in `monkeypatch.setattr("a.b.c", …)`. In such a call `a.b` may be what a
 * module `a` holds; elsewhere a name without a dot may mean anything, and stays.
 */
export function rewriteStrings({ tokens }: Line, move: Move, edits: Edits): void {
  const calls = tokens.flatMap((token, index) => callAt(tokens, token, index));
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== Kind.String || token.value === undefined) continue;
    const call = calls.findIndex(({ found, at }) => token.start > at.start && token.value === textOf(found));
    if (call >= 0) rewriteCall(calls.splice(call, 1)[0], token, move, edits);
    else if (DOTTED.test(token.value)) rewriteName(token, isPatched(tokens, index), move, edits);
  }
  // Those that name their module in pieces.
  for (const call of calls) rewriteCall(call, undefined, move, edits);
}

function callAt(tokens: readonly Token[], at: Token, index: number): Call[] {
  if (at.begins?.kind !== 'dynamic') return [];
  const open = tokens.findIndex(({ text }, after) => after > index && text === '(');
  return [{ found: at.begins, at, isLoader: tokens[open - 1]?.text === 'import_module' }];
}

function textOf({ level, module }: Import): string {
  return '.'.repeat(level) + module;
}

function rewriteCall(
  { found, at, isLoader }: Call,
  token: Token | undefined,
  move: Move,
  edits: Edits,
): void {
  const module = resolveRelative(found, move.file);
  if (!module) return;
  const now = renamed(module, move.rename);
  const isSame = now === (resolveRelative(found, found.package === undefined ? move.to : move.file) ?? '');
  if (isSame && renamed(found.package ?? '', move.rename) === (found.package ?? '')) return;
  // `__import__("a.b")` gives `a`.
  const givesSame = isLoader || rootOf(now) === renamed(rootOf(module), move.rename);
  if (token && found.level === 0 && givesSame && replaceInner(token, now, edits)) return;
  edits.leave(at, `this imports ${module}, which is ${now} now: name it in full`);
}

/** Whether a string is the first argument of a call that replaces what it names: `mock.patch("a.b")`. */
function isPatched(tokens: readonly Token[], index: number): boolean {
  return tokens[index - 1]?.text === '(' && ['patch', 'setattr', 'delattr'].includes(tokens[index - 2]?.text);
}

function rewriteName(token: Token, patched: boolean, move: Move, edits: Edits): void {
  const [name, ...attribute] = (token.value as string).split(':');
  const found = renamedPart(name, move.rename);
  if (!found || !(patched || found.before.includes('.'))) return;
  const now = [found.now + name.slice(found.before.length), ...attribute].join(':');
  if (!replaceInner(token, now, edits))
    edits.leave(token, `this names ${found.before}, which is ${found.now} now`);
}

/** Puts a text between the quotes of a string; false when what is there isn't what the string says. */
function replaceInner({ text, value, start, end }: Token, now: string, edits: Edits): boolean {
  const quotes = /^[a-z]*('''|"""|'|")/i.exec(text) as RegExpExecArray;
  const [open, close] = [quotes[0].length, quotes[1].length];
  if (text.slice(open, -close) !== value) return false;
  edits.list.push({ start: start + open, end: end - close, text: now });
  return true;
}

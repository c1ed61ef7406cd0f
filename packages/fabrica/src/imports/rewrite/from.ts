import { resolveRelative } from '../relative';
import type { Edits } from './edits';
import { lastOf, parentOf, renamed, type Rename } from './renames';
import type { Token } from './scan';
import type { From, Name } from './statements';

/** What is called otherwise, and where the importing file is: before, and afterwards. */
export interface Move {
  readonly rename: Rename;
  /** Relative to the folder that Python imports from. */
  readonly file: string;
  readonly to: string;
}

/** A name that a `from` takes, and what that is afterwards. */
interface Taken extends Name {
  readonly now: string;
}

/** Rewrites `from a.b import c`: its module, and those of its names that are modules with a new name. */
export function rewriteFrom(statement: From, move: Move, edits: Edits): void {
  const module = resolveRelative(statement.found, move.file);
  if (!module) return;
  const target = renamed(module, move.rename);
  const taken = statement.names.map((name) => ({
    ...name,
    now: renamed(`${module}.${name.name}`, move.rename),
  }));
  const moved = taken.filter(({ name, now }) => name !== '*' && now !== `${target}.${name}`);
  const parents = new Set(moved.map(({ now }) => parentOf(now)));
  if (moved.length === taken.length && parents.size === 1 && !parents.has('')) {
    replaceModule(statement, [...parents][0], edits);
    for (const name of moved) replaceName(name, edits);
    return;
  }
  if (!isStillRight(statement, target, move)) replaceModule(statement, target, edits);
  if (moved.length) takeOut(statement, taken, moved, edits);
}

function isStillRight({ found }: From, target: string, { to }: Move): boolean {
  return resolveRelative(found, to) === target;
}

function replaceModule({ first, last, start, end }: From, module: string, edits: Edits): void {
  const { text } = edits.piece;
  // `from.a import b` and `from .import b` are right, too.
  const before = first.start > start.start && isWord(text[first.start - 1]) ? ' ' : '';
  const after = last.end < end.end && isWord(text[last.end]) ? ' ' : '';
  edits.replace(first, last, `${before}${module}${after}`);
}

function isWord(character: string): boolean {
  return /\w/.test(character);
}

function replaceName({ name, alias, first, now }: Taken, edits: Edits): void {
  const last = lastOf(now);
  if (last !== name) edits.replace(first, first, alias === undefined ? `${last} as ${name}` : last);
}

/** Gives the names that moved statements of their own, before that of the others. */
function takeOut(statement: From, taken: readonly Taken[], moved: readonly Taken[], edits: Edits): void {
  const own = moved.map((name) => importOf(statement, name));
  const { start, end } = statement;
  if (moved.length === taken.length) {
    edits.replace(start, end, own.join(separator(start, edits)));
    return;
  }
  edits.insert(start.start, own.map((one) => one + separator(start, edits)).join(''));
  removeNames(statement, taken, moved, edits);
}

function importOf({ opening }: From, { name, alias = name, now }: Taken): string {
  const last = lastOf(now);
  const as = alias === last ? '' : ` as ${alias}`;
  return parentOf(now) === ''
    ? `${opening.replace('from', 'import')} ${now}${as}`
    : `${opening} ${parentOf(now)} import ${last}${as}`;
}

/** What stands between two statements: a new line, unless something stands before the first one on its line. */
function separator(start: Token, { piece }: Edits): string {
  const before = /[^\r\n]*$/.exec(piece.text.slice(0, start.start))?.[0] ?? '';
  if (before.trim() !== '') return '; ';
  return (/\r\n|\r|\n/.exec(piece.text)?.[0] ?? '\n') + before;
}

function removeNames({ comma }: From, taken: readonly Taken[], moved: readonly Taken[], edits: Edits): void {
  const stays = taken.map((name) => !moved.includes(name));
  const lastStaying = stays.lastIndexOf(true);
  taken.slice(0, lastStaying).forEach(({ first }, at) => {
    if (!stays[at]) edits.list.push({ start: first.start, end: taken[at + 1].first.start, text: '' });
  });
  if (lastStaying === taken.length - 1) return;
  const before = taken[lastStaying].last;
  const [first, last] = [taken[lastStaying + 1].first, taken[taken.length - 1].last];
  // With a comma at the end, a comment of the name before stays; without one, that name's comma goes.
  if (comma) edits.list.push({ start: blanksBefore(edits, first.start), end: comma.end, text: '' });
  else edits.list.push({ start: before.end, end: last.end, text: '' });
}

function blanksBefore({ piece }: Edits, offset: number): number {
  return piece.text.slice(0, offset).trimEnd().length;
}

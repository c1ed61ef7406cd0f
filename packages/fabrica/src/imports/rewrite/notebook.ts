import { findNodeAtLocation, parseTree, type Node } from 'jsonc-parser';
import { newScope } from '../python';
import { readCell } from '../cells';
import { isPythonCell, readNotebook } from '../notebooks';
import type { Happening, Problem } from '../types';
import { apply, type Edit, type Edits } from './edits';
import type { Move } from './from';
import { rewritePieces } from './pieces';
import { renamed } from './renames';
import type { Piece } from './scan';

/** A cell's source in the text of its notebook. */
interface Source {
  readonly piece: Piece;
  /** The JSON strings that it is made of. */
  readonly strings: readonly Node[];
  /** The blanks before each string, where each line has its own. */
  readonly blanks?: string;
}

/** Rewrites the Python cells of a notebook. The JSON around them stays as it is. */
export function rewriteNotebook(text: string, move: Move): { text: string; left: readonly Problem[] } {
  const notebook = readNotebook(text);
  if ('problem' in notebook) return { text, left: [notebook.problem] };
  const sources = 'cells' in notebook ? sourcesOf(text) : [];
  const scans = rewritePieces(
    sources.map(({ piece }) => piece),
    newScope(),
    move,
  );
  sources.forEach(({ piece }, at) =>
    readCell(piece.text).events.forEach((event) => rewriteMagic(event, move, scans[at])),
  );
  const edits = sources.flatMap((source, at) => scans[at].list.map((edit) => inJson(text, source, edit)));
  return { text: apply(text, edits), left: scans.flatMap(({ left }) => left) };
}

function sourcesOf(text: string): Source[] {
  const root = parseTree(text) as Node;
  const sheets = findNodeAtLocation(root, ['worksheets'])?.children ?? [root];
  const cells = sheets.flatMap((sheet) => findNodeAtLocation(sheet, ['cells'])?.children ?? []);
  return cells.flatMap((cell, index) => {
    const node = findNodeAtLocation(cell, ['source']) ?? findNodeAtLocation(cell, ['input']);
    if (!node || !isPythonCell(JSON.parse(text.slice(cell.offset, cell.offset + cell.length)))) return [];
    const isList = node.type === 'array';
    const strings = isList ? (node.children ?? []) : [node];
    const blanks = isList ? /\s*$/.exec(text.slice(0, strings[0]?.offset))?.[0] : undefined;
    const source = strings.map(({ value }) => String(value)).join('');
    const { python, shifts } = readCell(source);
    return [{ strings, blanks, piece: { text: source, python, shifts, cell: index + 1 } }];
  });
}

/** Rewrites `%run -m a.b`, `!python -m a.b` and `%aimport a.b`. */
function rewriteMagic(event: Happening, { rename }: Move, edits: Edits): void {
  if (event.kind === 'path') return;
  for (const module of modulesOf(event.words)) {
    const now = renamed(module, rename);
    if (now === module) continue;
    const { text } = edits.piece;
    const start = text.indexOf(` ${module}`, offsetOf(text, event.line)) + 1;
    edits.list.push({ start, end: start + module.length, text: now });
  }
}

function modulesOf(words: readonly string[]): readonly string[] {
  if (words[0] === '%aimport') return words.slice(1);
  const option = words.indexOf('-m');
  return option < 0 ? [] : words.slice(option + 1, option + 2);
}

function offsetOf(text: string, line: number): number {
  return text
    .split(/(?<=\n)/)
    .slice(0, line - 1)
    .join('').length;
}

/** An edit of a source as an edit of the notebook's text. */
function inJson(text: string, { strings, blanks }: Source, { start, end, text: now }: Edit): Edit {
  const from = rawOffset(text, strings, start);
  const json = JSON.stringify(now).slice(1, -1);
  return {
    start: from,
    end: end === start ? from : rawOffset(text, strings, end - 1, 1),
    text: blanks === undefined ? json : json.replaceAll('\\n', `\\n",${blanks}"`),
  };
}

/** Where a character of a source is in the notebook; `past` it, when that is 1. */
function rawOffset(text: string, strings: readonly Node[], offset: number, past: 0 | 1 = 0): number {
  let rest = offset;
  const found = strings.find((node, index) => {
    const { length } = node.value as string;
    if (rest < length || (index === strings.length - 1 && rest === length)) return true;
    rest -= length;
    return false;
  }) as Node;
  let at = found.offset + 1;
  for (; rest > -past; rest--) at += text[at] !== '\\' ? 1 : text[at + 1] === 'u' ? 6 : 2;
  return at;
}

import { isUtf8 } from 'node:buffer';
import { readCell } from './cells';
import { brokenAt } from './json';
import { newScope, readSource, type Scope } from './python';
import type { FileImports, Happening, Import, Problem } from './types';

/**
 * All that the Python cells of a notebook import (nbformat 3 and 4), and what they do by magics and shell lines.
 * A cell that can't be read is a problem; the cells after it are read all the same.
 *
 * @example
 * notebookImports(readFileSync('a.ipynb')).events;
 * // [{ kind: 'run', words: ['%run', '../other/clean.py'], cell: 2, line: 1, column: 1 }]
 */
export function notebookImports(text: Uint8Array | string): FileImports {
  if (typeof text !== 'string' && !isUtf8(text)) return broken('these bytes are not UTF-8', 1);
  const source = (typeof text === 'string' ? text : Buffer.from(text).toString('utf8')).replace(
    /^\ufeff/,
    '',
  );
  const notebook = readNotebook(source);
  if ('problem' in notebook) return { imports: [], events: [], problem: notebook.problem };
  return 'language' in notebook
    ? { imports: [], events: [], language: notebook.language }
    : readCells(notebook.cells);
}

/** The cells of a notebook; its language when that isn't Python; why it can't be read. */
export function readNotebook(
  text: string,
): { readonly cells: readonly unknown[] } | { readonly language: string } | { readonly problem: Problem } {
  const notebook = parse(text);
  if ('problem' in notebook) return notebook;
  const language = languageOf(notebook.document);
  if (!isPython(language)) return { language };
  const cells = cellsOf(notebook.document);
  return cells
    ? { cells }
    : { problem: { message: 'this is no notebook: it has no list of cells', line: 1 } };
}

function broken(message: string, line: number): FileImports {
  return { imports: [], events: [], problem: { message, line } };
}

function parse(text: string): { readonly document: unknown } | { readonly problem: Problem } {
  try {
    return { document: JSON.parse(text) };
  } catch {
    const before = text.slice(0, brokenAt(text) ?? 0).split('\n');
    const column = (before.at(-1) as string).length + 1;
    return { problem: { message: `this is not JSON (column ${column})`, line: before.length } };
  }
}

/** What the notebook's kernel speaks; Python when it doesn't say. */
function languageOf(document: unknown): string {
  const metadata = field(document, 'metadata');
  const kernel = field(metadata, 'kernelspec');
  const said = field(kernel, 'language') ?? field(field(metadata, 'language_info'), 'name');
  if (typeof said === 'string') return said.toLowerCase();
  return field(kernel, 'name') === 'ir' ? 'r' : 'python';
}

function isPython(language: string): boolean {
  return ['python', 'python2', 'python3', 'ipython'].includes(language);
}

function cellsOf(document: unknown): readonly unknown[] | undefined {
  const sheets = field(document, 'worksheets');
  const cells = Array.isArray(sheets)
    ? sheets.map((sheet) => field(sheet, 'cells'))
    : [field(document, 'cells')];
  return cells.every((list) => Array.isArray(list)) ? cells.flat() : undefined;
}

function readCells(cells: readonly unknown[]): FileImports {
  const [imports, events, problems]: [Import[], Happening[], Problem[]] = [[], [], []];
  const scope = newScope();
  cells.forEach((cell, index) => {
    if (field(cell, 'cell_type') !== 'code') return;
    const source = sourceOf(cell);
    const found =
      source === undefined ? broken('this cell has no source', 1) : cellImports(cell, source, scope);
    imports.push(...found.imports.map((one) => ({ ...one, cell: index + 1 })));
    events.push(...found.events.map((one) => ({ ...one, cell: index + 1 })));
    if (found.problem) problems.push({ ...found.problem, cell: index + 1 });
  });
  return { imports, events, problem: problems[0] };
}

function cellImports(cell: unknown, source: string, scope: Scope): FileImports {
  const language = languageOfCell(cell);
  if (language !== undefined)
    return { imports: [], events: [{ kind: 'foreign', words: [language], line: 1, column: 1 }] };
  const { python, events, shifts } = readCell(source);
  const found = readSource(python, scope);
  const shifted = <T extends { line: number; column: number }>(one: T): T => ({
    ...one,
    column: one.column + (shifts[one.line - 1] ?? 0),
  });
  const all = [...events, ...found.events.map(shifted)].sort((one, other) => one.line - other.line);
  return { imports: found.imports.map(shifted), events: all, problem: found.problem };
}

/** The language of a cell that isn't Python. Version 3 says it with each cell, VS Code in the cell's metadata. */
function languageOfCell(cell: unknown): string | undefined {
  const language = field(field(field(cell, 'metadata'), 'vscode'), 'languageId') ?? field(cell, 'language');
  return typeof language === 'string' && !isPython(language) ? language : undefined;
}

/** Whether a cell is code in Python. */
export function isPythonCell(cell: unknown): boolean {
  return (
    field(cell, 'cell_type') === 'code' && languageOfCell(cell) === undefined && sourceOf(cell) !== undefined
  );
}

/** A source is a text, or a list of lines that hold their newlines. */
function sourceOf(cell: unknown): string | undefined {
  const source = field(cell, 'source') ?? field(cell, 'input');
  if (typeof source === 'string') return source;
  if (Array.isArray(source) && source.every((line) => typeof line === 'string')) return source.join('');
  return undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

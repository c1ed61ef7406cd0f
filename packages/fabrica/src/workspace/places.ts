import { join } from 'node:path';
import { isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { readIfThere } from '../support/files';
import { PYPROJECT, SETTINGS } from './layout';

/** `file:line` for people, and the same for tools. */
export interface Located {
  readonly text: string;
  readonly place: { readonly file: string; readonly line?: number };
}

/** Where a project's pyproject.toml says its name. */
export function placeOfName(root: string, folder: string): Located {
  const file = `${folder}/${PYPROJECT}`;
  const lines = (readIfThere(join(root, file)) ?? '').split('\n');
  const table = lines.findIndex((line) => /^\s*\[project\]/.test(line));
  const line = lines.findIndex((text, index) => index > table && /^\s*name\s*=/.test(text));
  return located(file, line < 0 ? undefined : line + 1);
}

/** Where a project's fabrica.yaml has a word, as a key or as a value. */
export function placeOfWord(root: string, folder: string, word: string): Located {
  const file = `${folder}/${SETTINGS}`;
  const lines = new LineCounter();
  let line: number | undefined;
  visit(parseDocument(readIfThere(join(root, file)) ?? '', { lineCounter: lines }), {
    Scalar(_key, node) {
      if (!isScalar(node) || node.value !== word || !node.range) return undefined;
      line = lines.linePos(node.range[0]).line;
      return visit.BREAK;
    },
  });
  return located(file, line);
}

function located(file: string, line: number | undefined): Located {
  return { text: line === undefined ? file : `${file}:${line}`, place: { file, line } };
}

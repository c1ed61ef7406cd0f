import { join } from 'node:path';
import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { readIfThere } from '../support/files';
import { environmentFile } from './environment';
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

/** Tells where a project's fabrica.yaml says the key at a path: `projects/rides/fabrica.yaml:12: pipelines.train`. */
export function placesOfPaths(root: string, folder: string): (path: readonly string[]) => string {
  const file = `${folder}/${SETTINGS}`;
  const lines = new LineCounter();
  const document = parseDocument(readIfThere(join(root, file)) ?? '', { lineCounter: lines });
  return (path) => {
    const map = document.getIn(path.slice(0, -1), true);
    const pair = isMap(map)
      ? map.items.find(({ key }) => isScalar(key) && String(key.value) === path.at(-1))
      : undefined;
    const offset = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
    const { text } = located(file, offset === undefined ? undefined : lines.linePos(offset).line);
    return `${text}: ${path.join('.')}`;
  };
}

/** Where the file of an environment has a key of its top level. */
export function placeInEnvironment(root: string, name: string, key: string): Located['place'] {
  const file = environmentFile(name);
  const lines = (readIfThere(join(root, file)) ?? '').split('\n');
  const index = lines.findIndex((line) => line.startsWith(`${key}:`));
  return located(file, index < 0 ? undefined : index + 1).place;
}

function located(file: string, line: number | undefined): Located {
  return { text: line === undefined ? file : `${file}:${line}`, place: { file, line } };
}

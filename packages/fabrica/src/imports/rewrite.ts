import { decode } from './encoding';
import { newScope } from './python';
import { apply } from './rewrite/edits';
import { rewriteNotebook } from './rewrite/notebook';
import { rewritePieces } from './rewrite/pieces';
import type { Move } from './rewrite/from';
import type { Rename } from './rewrite/renames';
import type { Problem } from './types';

export type { Rename } from './rewrite/renames';

/** A file whose modules have new names. */
export interface Rewritten {
  readonly content: Buffer;
  /** What could not be rewritten, and is as it was: by whom reads it to be done by hand. */
  readonly left: readonly Problem[];
}

export interface RewriteOptions {
  /** What modules are called afterwards: asked with `a.b`, `a` for all that `a.b` may belong to. */
  readonly rename: Rename;
  /** The file, relative to the folder that Python imports from: relative imports begin there. */
  readonly file: string;
  /** The same afterwards, when the file moves. */
  readonly to?: string;
}

/**
 * Rewrites the names of modules in a Python source, or in a notebook when the file's name ends in `.ipynb`: imports of
 * all kinds, uses of `a.b` after `import a.b`, what `import_module` and whole strings like `"a.b.c"` name. All else
 * stays byte by byte: formatting, line ends, encoding. Never throws.
 *
 * @example
 * const rename = (module: string) => (module === 'bikes' ? 'cycles' : undefined);
 * rewriteModules(Buffer.from('from bikes.data import read'), { rename, file: 'tests/test_data.py' }).content;
 * // from cycles.data import read
 */
export function rewriteModules(content: Buffer, { rename, file, to = file }: RewriteOptions): Rewritten {
  const isNotebook = file.endsWith('.ipynb');
  const { bytes, message } = isNotebook ? { bytes: content } : decode(content);
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\ufeff/, '');
  if (message) return { content, left: [{ message, line: text.split('\n').length }] };
  const move = { rename, file, to };
  const rewritten = isNotebook ? rewriteNotebook(text, move) : rewriteSource(text, move);
  if (rewritten.text === text) return { content, left: rewritten.left };
  const encode = ENCODINGS.find((one) => one(text).equals(content));
  return encode
    ? { content: encode(rewritten.text), left: rewritten.left }
    : {
        content,
        left: [{ message: 'this encoding can be read, but not written: save it as UTF-8', line: 1 }],
      };
}

function rewriteSource(text: string, move: Move): { text: string; left: readonly Problem[] } {
  const [{ list, left }] = rewritePieces([{ text, python: text, shifts: [] }], newScope(), move);
  return { text: apply(text, list), left };
}

/** How a text becomes a file again. */
const ENCODINGS = [
  (text: string) => Buffer.from(text),
  (text: string) => Buffer.from(`\ufeff${text}`),
  (text: string) => Buffer.from(text, 'latin1'),
];

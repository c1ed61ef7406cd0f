import type { Tree } from '@nx/devkit';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { rewriteModules, type Rename } from '../../imports/rewrite';
import { listFiles } from '../../layout/list-files';
import { FabricaError, throwAll } from '../../support/errors';

/** A file of a project, by its path in it. */
export interface SourceFile {
  readonly path: string;
  readonly content: Buffer;
  /** Whether it may be run, as git tells it. */
  readonly mode: number;
}

/** The files of a folder that git has or would add, links aside. */
export function filesOf(tree: Tree, folder: string): SourceFile[] {
  return listFiles(join(tree.root, folder)).flatMap((path) => {
    const stat = lstatSync(join(tree.root, folder, path));
    const content = stat.isFile() ? tree.read(`${folder}/${path}`) : null;
    return content ? [{ path, content, mode: stat.mode }] : [];
  });
}

export function isPython(path: string): boolean {
  return /\.(py|pyi|ipynb)$/.test(path);
}

/** Whether a file is text: it can be searched for names. */
export function isText(content: Buffer): boolean {
  return !content.subarray(0, 8000).includes(0);
}

/** Where Python finds a file of a project: below `src`, or as it stands. */
export function importPath(path: string): string {
  return path.replace(/^src\//, '');
}

/** What modules of a project are called afterwards. */
export interface Renaming {
  readonly rename: Rename;
  /** The project's own module. */
  readonly root: string;
  /** Where a file is afterwards. */
  readonly to?: (path: string) => string;
}

/**
 * The Python files and notebooks among some, with new names of modules: those that change.
 *
 * @param folder relative to the workspace, for the places
 * @throws FabricaError, FabricaErrors `by-hand`: the places that a person must rewrite first; nothing is written
 */
export function rewriteFiles(
  folder: string,
  files: readonly SourceFile[],
  { rename, root, to = (path) => path }: Renaming,
): SourceFile[] {
  const errors: FabricaError[] = [];
  const changed = files.flatMap((file) => {
    if (!isPython(file.path) || !mayName(file, root)) return [];
    const { content, left } = rewriteModules(file.content, {
      rename,
      file: importPath(file.path),
      to: importPath(to(file.path)),
    });
    errors.push(...left.map((problem) => byHand(`${folder}/${file.path}`, problem)));
    return content === file.content ? [] : [{ ...file, content }];
  });
  throwAll(errors);
  return changed;
}

/** Whether a file may name modules of a project: its own do so by dots alone, too. */
function mayName({ path, content }: SourceFile, root: string): boolean {
  return path.startsWith(`src/${root}/`) || content.includes(root);
}

function byHand(
  file: string,
  { message, line, cell }: { readonly message: string; readonly line: number; readonly cell?: number },
): FabricaError {
  const place = cell === undefined ? `${file}:${line}` : `${file}: cell ${cell}, line ${line}`;
  return new FabricaError('by-hand', `${place}: ${message}`, {
    place: cell === undefined ? { file, line } : { file },
    hint: 'change it, then the same command again',
  });
}

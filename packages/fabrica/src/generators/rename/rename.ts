import type { Tree } from '@nx/devkit';
import { FabricaError } from '../../support/errors';
import { PYPROJECT, SETTINGS } from '../../workspace';
import { projectsIn } from '../shared/projects';
import { filesOf, importPath, isText, rewriteFiles, type Renaming, type SourceFile } from '../shared/sources';
import { usesOf, withRenamedUse } from '../shared/uses';
import { retelling, withName, type Retell } from './retell';

/** A project by its old or new name. */
export interface Called {
  readonly name: string;
  readonly folder: string;
  readonly module: string;
}

export interface Renamed {
  readonly from: Called;
  readonly to: Called;
  /** The project's files as they are before. */
  readonly files: readonly SourceFile[];
}

/** Moves the project's files to their new places, with the new names in them. */
export function renameOwn(tree: Tree, renamed: Renamed): void {
  const { from, to, files } = renamed;
  const target = (path: string) => moved(path, renamed);
  const changed = rewritten(from.folder, files, { ...renamingOf(renamed), to: target });
  const retell = retellOf(renamed);
  for (const { path, content, mode } of changed) {
    tree.delete(`${from.folder}/${path}`);
    tree.write(`${to.folder}/${target(path)}`, withNames(path, content, renamed, retell), { mode });
  }
}

/** Renames the project in those whose experiments use it, or that speak of it. */
export function renameInOthers(tree: Tree, renamed: Renamed): void {
  const { from, to } = renamed;
  const retell = retellOf(renamed);
  for (const folder of projectsIn(tree)) {
    if (folder === from.folder || folder === to.folder) continue;
    const all = filesOf(tree, folder);
    const uses = usesOf(tree, folder).includes(from.name);
    const files = uses ? rewritten(folder, all, renamingOf(renamed)) : all;
    files.forEach(({ path, content }, at) => {
      const told = retold(path, content, retell);
      const text = path === SETTINGS && uses ? withRenamedUse(told.toString(), from.name, to.name) : told;
      if (!all[at].content.equals(Buffer.from(text))) tree.write(`${folder}/${path}`, text);
    });
  }
}

function renamingOf({ from, to }: Renamed): Renaming {
  return { root: from.module, rename: (module) => (module === from.module ? to.module : undefined) };
}

/** Where a file of the project is afterwards, in its folder. */
export function moved(path: string, { from, to }: Renamed): string {
  const own = `src/${from.module}`;
  return path.startsWith(`${own}/`) ? `src/${to.module}${path.slice(own.length)}` : path;
}

/** All the files, in their order, those with imports of renamed modules rewritten. */
function rewritten(folder: string, files: readonly SourceFile[], renaming: Renaming): SourceFile[] {
  const changed = new Map(rewriteFiles(folder, files, renaming).map((file) => [file.path, file]));
  return files.map((file) => changed.get(file.path) ?? file);
}

function retellOf({ from, to, files }: Renamed): Retell {
  const modules = files.flatMap(({ path }) => {
    const name = importPath(path).replace(/(\/__init__)?\.pyi?$/, '');
    return name.startsWith(`${from.module}/`)
      ? [name.slice(from.module.length + 1).replaceAll('/', '.')]
      : [];
  });
  return retelling(from.name, to.name, [...new Set(modules)]);
}

function withNames(path: string, content: Buffer, { from, to }: Renamed, retell: Retell): Buffer {
  if (path !== PYPROJECT) return retold(path, content, retell);
  const text = withName(content.toString(), from.name, to.name);
  if (text !== undefined) return Buffer.from(retell(text));
  throw new FabricaError(
    'edit-by-hand',
    `${from.folder}/${path} says its name in a way that can't be changed here`,
    {
      place: { file: `${from.folder}/${path}` },
      hint: `write it as: name = "${from.name}", then the same command again`,
    },
  );
}

/** Data stays as it was measured, whatever it says. */
function isData(path: string): boolean {
  return path.startsWith('data/') && !path.endsWith('.md');
}

/** What is no text, or says nothing of the project, stays byte by byte. */
function retold(path: string, content: Buffer, retell: Retell): Buffer {
  if (!isText(content) || isData(path)) return content;
  // Latin-1 gives each byte a character: what isn't looked for stays, whatever its encoding.
  const text = content.toString('latin1');
  const now = retell(text);
  return now === text ? content : Buffer.from(now, 'latin1');
}

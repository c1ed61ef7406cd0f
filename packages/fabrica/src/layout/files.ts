import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere } from '../support/files';

/** The files of a workspace, on disk or in the tree of a generator; paths are relative to the workspace. */
export interface Files {
  /** The text of a file; undefined when there is none. */
  read(path: string): string | undefined;
  /** The names in a folder; none when there is no such folder. */
  names(folder: string): readonly string[];
  /** Whether git leaves it alone: then it is somebody's own. */
  isIgnored(path: string): boolean;
}

/** The files as they are on disk. */
export function filesOnDisk(root: string): Files {
  return {
    read: (path) => readIfThere(join(root, path)),
    names: (folder) => (existsSync(join(root, folder)) ? readdirSync(join(root, folder)).sort() : []),
    isIgnored: (path) => isIgnored(root, path),
  };
}

/** The files as a generator has them: on disk, with what it is about to write. */
export function filesInTree(tree: {
  readonly root: string;
  read(path: string, encoding: 'utf8'): string | null;
  exists(path: string): boolean;
  children(folder: string): string[];
}): Files {
  return {
    read: (path) => (tree.exists(path) ? (tree.read(path, 'utf8') ?? undefined) : undefined),
    names: (folder) => tree.children(folder).sort(),
    isIgnored: (path) => tree.exists(path) && isIgnored(tree.root, path),
  };
}

/** Where there is no git, nothing is ignored. */
function isIgnored(root: string, path: string): boolean {
  return (
    existsSync(join(root, path)) &&
    spawnSync('git', ['check-ignore', '--quiet', path], { cwd: root }).status === 0
  );
}

import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isIgnored, type Pattern } from './ignored';

/** What Unison writes before the name of an older copy. */
const OLDER = /^\.bak\.\d+\./;

/**
 * Puts back what a sync must not touch. Where the pod deletes or renames a folder, Unison deletes it here with all that is
 * in it, also what is left out of the sync, and keeps a copy in its backup.
 *
 * @param archive where Unison keeps what it knows of the pod
 * @returns the files that are back, relative to the workspace
 */
export function restoreIgnored(root: string, archive: string, patterns: readonly Pattern[]): string[] {
  const backup = join(archive, 'backup');
  return filesIn(backup).flatMap((file) => {
    const path = file
      .split('/')
      .map((part) => part.replace(OLDER, ''))
      .join('/');
    const target = join(root, path);
    if (!isIgnored(path, patterns) || existsSync(target)) return [];
    mkdirSync(dirname(target), { recursive: true });
    renameSync(join(backup, file), target);
    return [path];
  });
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? filesIn(join(folder, entry.name)).map((file) => `${entry.name}/${file}`)
      : [entry.name],
  );
}

import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MADE_ANEW } from './made-anew';

/** Removes what tools make anew, and folders that are empty; answers what is left. */
export function removeRest(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const left = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (MADE_ANEW.has(entry.name)) rmSync(path, { recursive: true, force: true });
    else if (!entry.isDirectory()) return [entry.name];
    else return removeRest(path).map((below) => `${entry.name}/${below}`);
    return [];
  });
  if (!left.length) rmdirSync(folder);
  return left;
}

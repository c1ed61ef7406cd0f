import { readdirSync, readlinkSync, realpathSync, type Dirent } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { OutsideLink } from './source';
import { isInside } from './world';

/** What tools make, and what no project's own code lives in. Folders that begin with a dot are left out, too. */
const LEFT_OUT = new Set(['node_modules', '__pycache__']);
const BUILT = 'dist';

/** The files below a folder, and the symbolic links that lead out of it. */
export interface Walked {
  /** Relative to the folder. */
  readonly paths: string[];
  readonly links: OutsideLink[];
}

/** Lists a unit. Links are not followed: what they lead to is listed where it is, or is no part of the unit. */
export function walk(root: string, folder: string): Walked {
  const found: Walked = { paths: [], links: [] };
  list(root, folder, '', found);
  return found;
}

function list(root: string, folder: string, below: string, found: Walked): void {
  const at = below === '' ? `${root}/${folder}` : `${root}/${folder}/${below}`;
  for (const entry of readdirSync(at, { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isFile()) found.paths.push(path);
    else if (isLeftOut(entry, below)) continue;
    else if (entry.isDirectory()) list(root, folder, path, found);
    else if (entry.isSymbolicLink()) follow(root, folder, path, found);
  }
}

function isLeftOut({ name }: Dirent, below: string): boolean {
  return name.startsWith('.') || LEFT_OUT.has(name) || (name === BUILT && below === '');
}

function follow(root: string, folder: string, path: string, found: Walked): void {
  const from = realpathSync(join(root, folder));
  const target = targetOf(join(from, path));
  if (isInside(from, target)) {
    found.paths.push(path);
    return;
  }
  const inWorkspace = relative(realpathSync(root), target).replaceAll('\\', '/');
  found.links.push({ path, target: inWorkspace.startsWith('..') ? target : inWorkspace });
}

/** Where a link leads in the end; for one that leads nowhere, where it says. */
function targetOf(link: string): string {
  try {
    return realpathSync(link);
  } catch {
    return resolve(dirname(link), readlinkSync(link));
  }
}

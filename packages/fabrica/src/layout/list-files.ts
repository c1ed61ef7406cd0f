import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What is never part of a project, also where no .gitignore says so. */
const STATE = new Set(['.git', '.venv', '.fabrica', '.nx', '__pycache__', 'node_modules', 'dist']);

/**
 * The files of a folder that git has or would add, relative to it, sorted: what is ignored is nobody's business. Where
 * there is no git, all but the known folders of state.
 */
export function listFiles(folder: string): string[] {
  const all = fromGit(folder) ?? walk(folder);
  return all.filter((path) => !path.split('/').some((part) => STATE.has(part))).sort();
}

function fromGit(folder: string): string[] | undefined {
  try {
    const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
    const said = execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // A file that was deleted and not yet committed is still in git's list.
    return said.split('\0').filter((path) => path && existsSync(join(folder, path)));
  } catch {
    return undefined;
  }
}

function walk(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below ? `${below}/${entry.name}` : entry.name;
    if (entry.isDirectory()) return STATE.has(entry.name) ? [] : walk(folder, path);
    return [path];
  });
}

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasOutputs } from '../../bin/notebook-outputs.cjs';
import type { Finding } from './findings';

/**
 * Notebooks whose outputs are in git: the filter wasn't set up where they were added. Outputs that are on disk alone
 * are fine, and so is a notebook that .gitattributes takes out of the filter.
 */
export function outputsInGit(root: string, paths: readonly string[]): Finding[] {
  return paths.filter((path) => path.endsWith('.ipynb') && isUnstripped(root, path)).map(finding);
}

function isUnstripped(root: string, path: string): boolean {
  if (!hasOutputs(readFileSync(join(root, path), 'utf8'))) return false;
  const added = git(root, 'cat-file', 'blob', `:./${path}`);
  if (added === undefined || !hasOutputs(added)) return false;
  return git(root, 'check-attr', 'filter', '--', path)?.trim().endsWith(': fabrica-notebook') ?? false;
}

/** Undefined where there is no git, or where it doesn't know the file. */
function git(root: string, ...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 30,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

function finding(file: string): Finding {
  return {
    rule: 'outputs',
    file,
    message: 'the outputs of a notebook are in git: nobody can review them, and they may show data',
    hint: `npx nx g fabrica:init, then git add --renormalize ${file}`,
  };
}

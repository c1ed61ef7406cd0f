import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A place in a project where an update, or a merge, waits for a person's decision. */
export interface OpenConflict {
  /** Relative to the workspace: `projects/bikes/src/bikes/data.py`. */
  readonly file: string;
  /** Counted from 1: where the conflict begins. */
  readonly line: number;
}

/** The end of the name of a file that waits beside the one that it is about, which must stay readable meanwhile. */
export const BESIDE = '.conflict';

const BEGIN = /^<{7}(?: |$)/;
/** What a conflict that was solved by half leaves. `=======` alone underlines headings, too. */
const MARKER = /^(?:<{7}|\|{7}|>{7})(?: |\r?$)/;

/** Code and text that people merge is small; data isn't read. */
const LARGEST = 1024 * 1024;

/** Folders that hold nothing that a person writes. */
const SKIPPED = /^(\..*|__pycache__|node_modules|dist)$/;

/**
 * The conflicts of a project that nobody has solved yet: files with conflict markers, and those that `fabrica:update`
 * laid beside a file (`pyproject.toml.conflict`).
 *
 * @param folder relative to the workspace
 * @example
 * findConflicts(root, 'projects/bikes'); // [{ file: 'projects/bikes/src/bikes/data.py', line: 12 }]
 */
export function findConflicts(root: string, folder: string): OpenConflict[] {
  return filesIn(root, folder).flatMap((file) => {
    const lines = conflictLines(readFileSync(join(root, file)));
    if (!lines.length && file.endsWith(BESIDE)) return [{ file, line: 1 }];
    return lines.map((line) => ({ file, line }));
  });
}

/** The lines of a text at which conflicts begin; counted from 1. */
export function conflictLines(content: Buffer): number[] {
  // Git takes it for no text, and merges none of it.
  if (content.subarray(0, 8000).includes(0)) return [];
  if (!content.includes('<<<<<<<') && !content.includes('>>>>>>>') && !content.includes('|||||||')) return [];
  const lines = content.toString('latin1').split('\n');
  const matching = (marker: RegExp) => lines.flatMap((line, index) => (marker.test(line) ? [index + 1] : []));
  const begins = matching(BEGIN);
  return begins.length ? begins : matching(MARKER);
}

function filesIn(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return SKIPPED.test(entry.name) ? [] : filesIn(root, path);
      return entry.isFile() && statSync(join(root, path)).size <= LARGEST ? [path] : [];
    });
}

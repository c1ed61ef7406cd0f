import { dirname, posix } from 'node:path';
import { NOTEBOOK } from './folders';
import { CODE } from './incoming';
import type { Moves } from './places';

/** A file that code names by a path which leads nowhere after the move. */
export interface StalePath {
  /** The file of code, after the move. */
  readonly file: string;
  readonly line: number;
  /** As the code has it. */
  readonly path: string;
  /** What leads there now. */
  readonly now: string;
}

/** A quoted text that looks like the name of a file; in a notebook the quotes are escaped. */
const QUOTED = /\\?(["'])([^"'\\\n]{1,200}\.[A-Za-z0-9]{1,8}(?:\.[A-Za-z0-9]{1,4})?)\\?\1/g;

/**
 * Finds texts in code that name a file of the project relative to its folder, or to the project's, and no longer do.
 * They are told, not changed: where a program is started is its own affair.
 */
export function stalePaths(moves: Moves, textOf: (path: string) => string): StalePath[] {
  const places = new Set(moves.values());
  return [...moves].flatMap(([from, to]) => {
    if (!CODE.test(from)) return [];
    const text = textOf(from);
    return [...text.matchAll(QUOTED)].flatMap((match) => {
      const path = match[2] as string;
      const now = newPath(path, { from, to, moves, places });
      return now === undefined
        ? []
        : [{ file: to, line: text.slice(0, match.index).split('\n').length, path, now }];
    });
  });
}

interface Move {
  readonly from: string;
  readonly to: string;
  readonly moves: Moves;
  readonly places: ReadonlySet<string>;
}

/** What a path would have to be; undefined when it names no file of the project, or still does. */
function newPath(path: string, { from, to, moves, places }: Move): string | undefined {
  if (posix.isAbsolute(path)) return undefined;
  // A notebook runs in its folder; a script where it is started, which is the project's folder mostly.
  const beside = [dirname(from), dirname(to)] as const;
  for (const [before, after] of NOTEBOOK.test(from) ? [beside] : [['.', '.'] as const, beside]) {
    const target = moves.get(posix.join(before, path));
    if (target === undefined || CODE.test(target)) continue;
    if (places.has(posix.join(after, path)) && posix.join(after, path) === target) return undefined;
    return posix.relative(after, target);
  }
  return undefined;
}

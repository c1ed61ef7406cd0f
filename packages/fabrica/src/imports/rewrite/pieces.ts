import type { Scope } from '../python';
import { Edits } from './edits';
import { rewriteFrom, type Move } from './from';
import { rewritePlain } from './plain';
import { scan, type Piece } from './scan';
import { parse } from './statements';
import { rewriteStrings } from './strings';

/** What is to be done to each piece of a source; pieces share their names, as the cells of a notebook do. */
export function rewritePieces(pieces: readonly Piece[], scope: Scope, move: Move): Edits[] {
  const scans = pieces.map((piece) => scan(piece, scope));
  const parts = scans.map(({ piece, lines, problem }) => {
    const edits = new Edits(piece);
    if (problem) edits.leave(problem, problem.message);
    return { edits, lines: lines.map((line) => ({ ...line, ...parse(line) })) };
  });
  for (const { edits, lines } of parts)
    for (const line of lines) {
      for (const one of line.statements) if (one.kind === 'from') rewriteFrom(one, move, edits);
      rewriteStrings(line, move, edits);
    }
  rewritePlain(parts, move.rename);
  return parts.map(({ edits }) => edits);
}

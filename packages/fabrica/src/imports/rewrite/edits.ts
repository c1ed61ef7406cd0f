import type { Problem } from '../types';
import type { Piece, Token } from './scan';

/** A part of a text, and what comes in its place. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What is to be done to one piece. */
export class Edits {
  readonly list: Edit[] = [];
  readonly left: Problem[] = [];

  constructor(readonly piece: Piece) {}

  /** Puts a text in the place of all from one token to another. */
  replace(first: Token, last: Token, text: string): void {
    this.list.push({ start: first.start, end: last.end, text });
  }

  insert(at: number, text: string): void {
    this.list.push({ start: at, end: at, text });
  }

  /** Leaves a place to a person. */
  leave({ line }: { readonly line: number }, message: string): void {
    const { cell } = this.piece;
    this.left.push({ message, line, ...(cell === undefined ? {} : { cell }) });
  }
}

/** A text with its edits, which don't overlap. */
export function apply(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of [...edits].sort((one, other) => one.start - other.start || one.end - other.end)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

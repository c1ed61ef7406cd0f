import { annotations, unitDocument, unitText, type Checked } from '../../boundaries';
import type { BoundariesOptions } from './executor';

/** What is said of one unit, as a document and as a text. */
export function answerOf(
  checked: Checked,
  { format }: BoundariesOptions,
  seconds: number,
): { readonly document: object; readonly text: string } {
  return {
    document: unitDocument(checked, seconds),
    text: format === 'github' ? annotations(checked) : unitText(checked),
  };
}

/** The day that decides whether exceptions have ended, in UTC, as in CI. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

import type { BoundaryRule } from '../workspace';

/** The rules that are about exceptions themselves, which no exception excuses. */
export type RuleId = BoundaryRule | 'exception-ended' | 'exception-unused';

/** Where a finding is. */
export interface Spot {
  /** Relative to the unit's folder: `src/rides/train.py`. */
  readonly path: string;
  /** Counted from 1; in a notebook, in its cell. */
  readonly line?: number;
  readonly cell?: number;
}

/** Something that leads out of a project or a package, and what to do about it. */
export interface Finding extends Spot {
  readonly rule: RuleId;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** A command or an edit to paste. */
  readonly hint: string;
}

/** A finding that stops: {@link Finding} with its severity. */
export function refuse(rule: RuleId, spot: Spot, message: string, hint: string): Finding {
  return { rule, severity: 'error', path: spot.path, line: spot.line, cell: spot.cell, message, hint };
}

/** A finding that is told and stops nobody. */
export function warn(rule: RuleId, spot: Spot, message: string, hint: string): Finding {
  return { ...refuse(rule, spot, message, hint), severity: 'warning' };
}

/** In the order in which a person goes through them. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (one, other) =>
      compare(one.path, other.path) ||
      (one.cell ?? 0) - (other.cell ?? 0) ||
      (one.line ?? 0) - (other.line ?? 0) ||
      compare(one.rule, other.rule) ||
      compare(one.message, other.message),
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

import { colour } from '../support/colour';

/** What the layout check looks for. The documentation lists it from here. */
export const RULES = {
  missing: { level: 'error', says: 'a file or folder that every project has is missing' },
  conflict: { level: 'error', says: 'a file holds the markers of a merge that nobody has finished' },
  drifted: { level: 'error', says: "a section of the toolkit's isn't as the toolkit keeps it" },
  'unknown-owner': { level: 'error', says: 'the owner is not among those that `nx.json` lists' },
  outputs: { level: 'error', says: 'the outputs of a notebook are in git' },
  'no-place': { level: 'warning', says: 'Python, SQL or a notebook is where the layout has no place for it' },
  'not-run': { level: 'warning', says: 'a test is in `src/`, where pytest never looks' },
} as const satisfies Record<string, { readonly level: 'error' | 'warning'; readonly says: string }>;

export type Rule = keyof typeof RULES;

/** Something that isn't where, or as, it should be. */
export interface Finding {
  readonly rule: Rule;
  /** Relative to the workspace. */
  readonly file: string;
  readonly line?: number;
  readonly message: string;
  /** What to type. */
  readonly hint: string;
}

/** Whether any of them fails the check: warnings don't. */
export function fails(findings: readonly Finding[]): boolean {
  return findings.some(({ rule }) => RULES[rule].level === 'error');
}

/** The findings for a terminal, errors first. */
export function toText(findings: readonly Finding[]): string {
  const ordered = [...findings].sort((a, b) => Number(isWarning(a)) - Number(isWarning(b)));
  return ordered.map(lineOf).join('\n');
}

function isWarning({ rule }: Finding): boolean {
  return RULES[rule].level === 'warning';
}

function lineOf(finding: Finding): string {
  const { file, line, message, rule, hint } = finding;
  const level = isWarning(finding) ? colour('yellow', 'warning') : colour('red', 'error');
  const place = line === undefined ? file : `${file}:${line}`;
  return `${level}: ${place}: ${message} [${rule}]\n  try ${hint.replaceAll('\n', '\n      ')}`;
}

/** The findings for a program: one document. */
export function toJson(unit: string, findings: readonly Finding[]): string {
  const all = findings.map((finding) => ({ ...finding, level: RULES[finding.rule].level }));
  return JSON.stringify({ schema: 1, project: unit, ok: !fails(findings), findings: all });
}

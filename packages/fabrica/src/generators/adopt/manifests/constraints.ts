import { isVersion, specifierProblem } from '../../../python/versions';

/**
 * A constraint of Poetry as a version specifier: `^1.4` → `>=1.4,<2`, `~1.4` → `>=1.4,<1.5`, `1.*` → `==1.*`.
 * Undefined for what no specifier says: a choice with a gap (`^1 || ^3`).
 */
export function poetrySpecifier(constraint: string): string | undefined {
  const choices = constraint.split(/\|\|?/).map((choice) => all(choice.trim()));
  if (choices.some((choice) => choice === undefined)) return undefined;
  return choices.length === 1 ? choices[0] : joined(choices as string[]);
}

/** `^1.1 || ^2` leaves no gap: `>=1.1,<3`. */
function joined(choices: readonly string[]): string | undefined {
  const ranges = choices.map((choice) => /^>=([^,]+),<([^,]+)$/.exec(choice));
  for (const [index, range] of ranges.entries()) {
    const next = ranges[index + 1];
    if (!range || (next && next[1]?.replace(/(\.0)+$/, '') !== range[2]?.replace(/(\.0)+$/, '')))
      return undefined;
  }
  return `>=${ranges[0]?.[1]},<${ranges.at(-1)?.[2]}`;
}

function all(choice: string): string | undefined {
  if (choice === '' || choice === '*') return '';
  const parts = choice.split(/,|(?<=[\w*])\s+(?=[<>=~^!])/).map((part) => one(part.trim()));
  if (parts.some((part) => part === undefined)) return undefined;
  const specifier = parts.filter(Boolean).join(',');
  return specifierProblem(specifier) === undefined ? specifier : undefined;
}

function one(part: string): string | undefined {
  const [, operator = '', version = ''] = /^(\^|~=|~|===|==|=|!=|<=|>=|<|>)?\s*v?(\S+)$/.exec(part) ?? [];
  if (version === '*') return '';
  if (operator === '^') return range(version, caretIndex(version));
  if (operator === '~') return range(version, version.includes('.') ? 1 : 0);
  if (operator === '' || operator === '=') return `==${version}`;
  return `${operator}${version}`;
}

/** The first number that isn't 0 must not change; in `^0.0`, the last that is written. */
function caretIndex(version: string): number {
  const numbers = release(version);
  const found = numbers.findIndex((number) => number > 0);
  return found < 0 ? numbers.length - 1 : found;
}

/** From a version up to where the number at an index is one higher. */
function range(version: string, index: number): string | undefined {
  const bare = version.replace(/(\.\*)+$/, '');
  if (!isVersion(bare)) return undefined;
  return `>=${bare},<${next(bare, index)}`;
}

function next(version: string, index: number): string {
  const kept = release(version).slice(0, index + 1);
  return [...kept.slice(0, -1), (kept.at(-1) ?? 0) + 1].join('.');
}

function release(version: string): number[] {
  return (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
}

/**
 * A specifier whose exact pins are lower limits: `==1.19.5` → `>=1.19.5`. A pin that was right for an older Python has
 * no wheel for today's, and neither has the rest of its major version, often.
 */
export function relaxed(specifier: string): string {
  const clauses = specifier.split(',').map((clause) => clause.trim());
  return clauses.map((clause) => clause.replace(/^===?\s*([^*+]+?)(\.\*|\+.*)?$/, '>=$1')).join(',');
}

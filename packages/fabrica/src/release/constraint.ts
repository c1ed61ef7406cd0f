import { parseRequirement } from '../python/requirements';
import { compareVersions, parseVersion, satisfies } from '../python/versions';

/**
 * A requirement of a package that was released: it asks for at least that version, since nothing older was tested
 * with it. What the requirement says else (extras, markers, exclusions) stays; an upper bound that would shut the
 * version out moves up, as precise as it was.
 *
 * @example
 * raised('fabrica-storage[sql]>=0.1,<1', '0.2.0') // 'fabrica-storage[sql]>=0.2.0,<1'
 * raised('fabrica-storage==0.1.0', '0.2.0')       // 'fabrica-storage==0.2.0'
 */
export function raised(requirement: string, version: string): string {
  const { specifier } = parseRequirement(requirement) ?? {};
  if (!specifier) return requirement;
  const clauses = specifier.split(',').map((clause) => raisedClause(clause.trim(), version));
  return requirement.replace(specifier, () => clauses.join(','));
}

function raisedClause(clause: string, version: string): string {
  const [, operator = '', gap = '', wanted = ''] = /^(===|==|!=|~=|>=|<=|>|<)(\s*)(\S+)$/.exec(clause) ?? [];
  switch (operator) {
    case '>=':
      return compareVersions(wanted, version) < 0 ? `>=${gap}${version}` : clause;
    case '~=':
    case '===':
      return `${operator}${gap}${version}`;
    case '>':
      return `>=${gap}${version}`;
    case '==':
      return `==${gap}${wanted.endsWith('.*') ? `${likeAs(wanted.slice(0, -2), version)}.*` : version}`;
    case '<':
    case '<=':
      return satisfies(version, clause) ? clause : `<${gap}${above(wanted, version)}`;
    default:
      return clause;
  }
}

/** The version's first numbers, as many as another has: like `0.1`, `0.2.0` is `0.2`. */
function likeAs(other: string, version: string): string {
  return numbers(version).slice(0, numbers(other).length).join('.');
}

/** The next version that is as precise as a bound: above 1.2.0, `<1` becomes `<2`, and `<1.1` becomes `<1.3`. */
function above(bound: string, version: string): string {
  const next = likeAs(bound, version).split('.').map(Number);
  const meant = numbers(bound).findLastIndex((number) => number > 0);
  return next.map((number, index) => (index < meant ? number : index === meant ? number + 1 : 0)).join('.');
}

function numbers(version: string): readonly number[] {
  return parseVersion(version)?.release ?? [];
}

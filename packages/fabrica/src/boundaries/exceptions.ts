import type { BoundaryException } from '../workspace';
import { refuse, warn, type Finding } from './findings';
import type { Unit } from './world';
import { normalPath } from './world';

/** An exception of fabrica.yaml that is in force, and how much it excuses. */
export interface Excuse extends BoundaryException {
  readonly findings: number;
}

/** What is left of findings after exceptions. */
export interface Excused {
  readonly findings: readonly Finding[];
  readonly excuses: readonly Excuse[];
}

/**
 * Takes out what exceptions excuse. One whose day is over excuses nothing, and is a finding itself; so is one that has
 * nothing to excuse.
 *
 * @param today such as 2026-11-21
 * @param lineOf where fabrica.yaml says the exception of an index
 */
export function excuse(
  unit: Unit,
  findings: readonly Finding[],
  exceptions: readonly BoundaryException[],
  today: string,
  lineOf: (index: number) => number | undefined,
): Excused {
  const left = new Set(findings);
  const about: Finding[] = [];
  const excuses = exceptions.flatMap((exception, index) => {
    const spot = { path: 'fabrica.yaml', line: lineOf(index) };
    const meant = findings.filter((finding) => isMeant(exception, finding));
    const name = `the exception of ${exception.rule} for ${exception.path}`;
    const file = `${unit.folder}/fabrica.yaml`;
    if (exception.until < today) {
      about.push(
        refuse(
          'exception-ended',
          spot,
          `${name} ended on ${exception.until}: ${exception.reason}`,
          `repair what it excused, and take it out of ${file}`,
        ),
      );
      return [];
    }
    if (meant.length === 0)
      about.push(warn('exception-unused', spot, `${name} excuses nothing`, `take it out of ${file}`));
    else meant.forEach((finding) => left.delete(finding));
    return [{ ...exception, findings: meant.length }];
  });
  return { findings: [...left, ...about], excuses };
}

function isMeant({ rule, path }: BoundaryException, finding: Finding): boolean {
  const meant = normalPath(path);
  return (
    finding.rule === rule && (meant === '.' || finding.path === meant || finding.path.startsWith(`${meant}/`))
  );
}

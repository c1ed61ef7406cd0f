import { isVersion, OLDEST, satisfies, specifierProblem } from '../../python/versions';
import { FabricaError, type Place } from '../../support/errors';

/** What a project's Python means for the house. */
export interface PythonRange {
  /** `requires-python` of the new pyproject.toml. */
  readonly requires: string;
  /** Whether the project was made for older Pythons alone, so that its pins may have no wheels for today's. */
  readonly older: boolean;
}

const [, OLDEST_MINOR = 11] = OLDEST.split('.').map(Number);
const NEWEST_MINOR = 30;

/**
 * The Pythons that a project will run on: what it states, from the oldest that the house supports.
 *
 * @throws FabricaError `python-2`, `bad-python`
 * @example
 * pythonRange('>=3.8,<3.13'); // { requires: '>=3.11,<3.13', older: false }
 * pythonRange('==3.8.*'); // { requires: '>=3.11', older: true }
 */
export function pythonRange(stated: string | undefined, place: Place): PythonRange {
  const specifier = asSpecifier(stated ?? '');
  const problem = specifierProblem(specifier);
  if (problem !== undefined)
    throw new FabricaError('bad-python', `the Python version: ${problem}`, {
      place,
      hint: `correct it in ${place.file}: ">=${OLDEST}"`,
    });
  const minors = Array.from({ length: NEWEST_MINOR }, (_, minor) => minor).filter((minor) =>
    fits(minor, specifier),
  );
  if (!minors.length)
    throw new FabricaError(
      'python-2',
      `the project is for Python ${specifier}, and Fabrica needs ${OLDEST} or newer`,
      {
        place,
        hint: 'bring it to Python 3 first: pip install 2to3, 2to3 --write .',
      },
    );
  const floor = minors.find((minor) => minor >= OLDEST_MINOR);
  if (floor === undefined) return { requires: `>=${OLDEST}`, older: true };
  return { requires: [`>=3.${floor}`, ...upperLimits(specifier)].join(','), older: false };
}

/** `3.8` alone means that version. */
function asSpecifier(stated: string): string {
  const text = stated.trim().replace(/^python-?/, '');
  return isVersion(text) ? `==${text.split('.').slice(0, 2).join('.')}.*` : text;
}

function fits(minor: number, specifier: string): boolean {
  return [`3.${minor}.0`, `3.${minor}.99`].some((version) => satisfies(version, specifier));
}

function upperLimits(specifier: string): string[] {
  return specifier
    .split(',')
    .map((clause) => clause.replaceAll(/\s+/g, ''))
    .filter((clause) => /^(<|!=)/.test(clause));
}

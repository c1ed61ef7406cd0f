// PEP 440, as far as locks and interpreters need it: release numbers, pre-, post- and development releases.
import { FabricaError } from '../support/errors';

export interface Version {
  readonly epoch: number;
  readonly release: readonly number[];
  /** Sorts before (negative) and after (positive) the release itself. */
  readonly suffix: readonly number[];
}

const VERSION =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(a|alpha|b|beta|c|rc|pre|preview)[-_.]?(\d*))?(?:(?:[-_.]?(?:post|rev|r)[-_.]?(\d*))|-(\d+))?(?:[-_.]?dev[-_.]?(\d*))?(?:\+[a-z0-9._-]+)?$/i;
const STAGES: Record<string, number> = { a: 1, alpha: 1, b: 2, beta: 2, c: 3, rc: 3, pre: 3, preview: 3 };
const FINAL = 4;

/** Reads a version; undefined when it isn't one. */
export function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text.trim());
  if (!match) return undefined;
  const [, epoch, release, stage, stageNumber, post, shortPost, dev] = match;
  const isPost = post !== undefined || shortPost !== undefined;
  // A development release of the release itself comes before its pre-releases.
  const rank = stage ? (STAGES[stage.toLowerCase()] as number) : dev !== undefined && !isPost ? 0 : FINAL;
  return {
    epoch: Number(epoch ?? 0),
    release: (release as string).split('.').map(Number),
    suffix: [
      rank,
      Number(stageNumber || 0),
      isPost ? Number(post || shortPost || 0) + 1 : 0,
      dev === undefined ? 1 : 0,
      Number(dev || 0),
    ],
  };
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference) return difference;
  }
  return 0;
}

/**
 * Negative when `a` is older than `b`, positive when it is newer, 0 when both are the same version.
 *
 * @throws FabricaError `bad-version` when one isn't a version.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseOrFail(a), parseOrFail(b)];
  return (
    left.epoch - right.epoch ||
    compareNumbers(left.release, right.release) ||
    compareNumbers(left.suffix, right.suffix)
  );
}

export function isVersion(text: string): boolean {
  return parseVersion(text) !== undefined;
}

/** Whether a version is neither a pre-release nor a development release. */
export function isFinal(version: string): boolean {
  const { suffix = [] } = parseVersion(version) ?? {};
  return suffix[0] === FINAL && suffix[3] === 1;
}

function parseOrFail(text: string): Version {
  const version = parseVersion(text);
  if (version) return version;
  throw new FabricaError('bad-version', `"${text}" is not a version (like 1.4.0)`);
}

const CLAUSE = /^(===|==|!=|~=|>=|<=|>|<)\s*(\S+)$/;

/**
 * Whether a version fits a specifier such as `>=3.11,<4` or `~=2.1`. An empty one fits all.
 *
 * @throws FabricaError `bad-version` when the specifier can't be read.
 */
export function satisfies(version: string, specifier: string): boolean {
  return specifier
    .split(',')
    .map((clause) => clause.trim())
    .filter(Boolean)
    .every((clause) => fits(version, clause));
}

/** What is wrong with a specifier; undefined when nothing is. */
export function specifierProblem(specifier: string): string | undefined {
  try {
    for (const clause of specifier.split(',').map((one) => one.trim())) {
      if (!clause) continue;
      const [operator, wanted] = read(clause);
      if (operator !== '===') parseOrFail(wanted.replace(/\.\*$/, ''));
    }
    return undefined;
  } catch (error) {
    if (error instanceof FabricaError) return error.message;
    throw error;
  }
}

function read(clause: string): [operator: string, version: string] {
  const match = CLAUSE.exec(clause);
  if (!match) throw new FabricaError('bad-version', `"${clause}" is not a version specifier (like >=1.4,<2)`);
  return [match[1] as string, match[2] as string];
}

function fits(version: string, clause: string): boolean {
  const [operator, wanted] = read(clause);
  if (operator === '===') return version === wanted;
  if (wanted.endsWith('.*')) return startsWith(version, wanted.slice(0, -2)) === (operator === '==');
  const order = compareVersions(version, wanted);
  switch (operator) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    default:
      return order >= 0 && startsWith(version, wanted.split('.').slice(0, -1).join('.'));
  }
}

function startsWith(version: string, prefix: string): boolean {
  const wanted = parseOrFail(prefix).release;
  const { release } = parseOrFail(version);
  return wanted.every((number, index) => number === (release[index] ?? 0));
}

/** The oldest Python that a `requires-python` allows: `>=3.11,<4` gives `3.11`. */
export function floorOf(requiresPython: string): string | undefined {
  const match = /(?:>=|~=|==)\s*(\d+\.\d+)/.exec(requiresPython);
  return match?.[1];
}

/** The oldest Python that Fabrica supports. */
export const OLDEST = '3.11';

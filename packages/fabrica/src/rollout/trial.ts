import { Cancelled, FabricaError, FabricaErrors, located } from '../support/errors';
import { NotAllowed, testCopy, type Change, type TestedCopy, type TrialOptions } from './copy';
import type { FailedTest } from './junit';
import type { TestRun } from './tests';
import type { User } from './users';

/**
 * How a project takes a change of a package:
 *
 * - `passes`: its tests pass with it;
 * - `breaks`: tests fail that pass without it;
 * - `failed-before`: the tests that fail with it fail without it, too;
 * - `not-allowed`: what the project, or another package in its lock, asks for leaves no room for it;
 * - `untested`: something else was in the way.
 */
export type Outcome = 'passes' | 'breaks' | 'failed-before' | 'not-allowed' | 'untested';

export interface Trial extends Pick<TestedCopy, 'changes' | 'files'> {
  readonly user: User;
  readonly outcome: Outcome;
  /** How many tests ran. */
  readonly tests: number;
  /** The tests that fail because of the change; where it `failed-before`, those that did. */
  readonly failed: readonly FailedTest[];
  /** Why it is not allowed, or untested; what the tests said where none is to blame. */
  readonly reason?: string;
  /** What the tests that failed printed; relative to the workspace. */
  readonly log?: string;
}

/**
 * Tries a change on a copy of a project, with an environment of its own from the project's lock, in which nothing else
 * moves but what the change needs. The project's files and its `.venv` are not touched. Tests that fail are run
 * without the change, too.
 */
export async function tryOut(user: User, change: Change, options: TrialOptions): Promise<Trial> {
  const trial: Trial = { user, outcome: 'passes', tests: 0, failed: [], changes: [], files: new Map() };
  try {
    const changed = await testCopy(user, options, change);
    const { run, log, changes, files } = changed;
    const after = { ...trial, changes, files, tests: run.total };
    return run.code === 0 ? after : { ...after, log, ...(await blame(user, options, run)) };
  } catch (error) {
    if (!(error instanceof FabricaError) || error instanceof Cancelled) throw error;
    return {
      ...trial,
      outcome: isRefusal(error) ? 'not-allowed' : 'untested',
      reason: reasonOf(error, user, options),
    };
  }
}

/** Which of the tests that fail with the change pass without it. */
async function blame(
  user: User,
  options: TrialOptions,
  { failed, code, said }: TestRun,
): Promise<Pick<Trial, 'outcome' | 'failed' | 'reason'>> {
  const { run: before } = await testCopy(user, options);
  const known = new Set(before.failed.map(({ test }) => test));
  const fresh = failed.filter(({ test }) => !known.has(test));
  const same = failed.length ? !fresh.length : before.code === code;
  if (same && before.code !== 0) return { outcome: 'failed-before', failed, reason: said };
  return { outcome: 'breaks', failed: fresh, reason: said };
}

/** Whether no set of versions fits what is asked for. */
function isRefusal(error: FabricaError): boolean {
  return (
    error instanceof NotAllowed || (error.code === 'lock-failed' && /No solution found/.test(error.message))
  );
}

/** The copy goes by the name of what it is a copy of. */
function reasonOf(error: FabricaError, { name, folder }: User, { root, home }: TrialOptions): string {
  const because = /Because [\s\S]*/.exec(error.message)?.[0].replaceAll(/\s+/g, ' ').trim();
  if (isRefusal(error) && because) return because;
  const errors = error instanceof FabricaErrors ? error.errors : [error];
  return errors
    .flatMap((one) => [located(one, root), ...(one.hint ? [`  try ${one.hint}`] : [])])
    .join('\n')
    .replaceAll(`${home}/${name}`, folder);
}

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkLock } from '../python/check-lock';
import { syncEnvironment } from '../python/environment';
import { lock, type LockChange } from '../python/lock';
import { DEV_LOCK, LOCK } from '../python/requirements';
import type { PypiRegistry } from '../registries/configuration';
import { exportWorkingTree } from '../registries/git';
import { Cancelled, FabricaError, FabricaErrors, located } from '../support/errors';
import { readIfThere } from '../support/files';
import type { Progress } from '../support/progress';
import { PYPROJECT } from '../workspace/layout';
import type { FailedTest } from './junit';
import { runTests, type TestRun } from './tests';
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

export interface Trial {
  readonly user: User;
  readonly outcome: Outcome;
  /** How many tests ran. */
  readonly tests: number;
  /** The tests that fail because of the change; where it `failed-before`, those that did. */
  readonly failed: readonly FailedTest[];
  /** Why it is not allowed, or untested; what the tests said where none is to blame. */
  readonly reason?: string;
  /** What changed in its environment. */
  readonly changes: readonly LockChange[];
  /** The manifest and the locks that were tested, by name. */
  readonly files: ReadonlyMap<string, string>;
  /** What the tests that failed printed; relative to the workspace. */
  readonly log?: string;
}

/** What is tried on a project. */
export interface Change {
  /**
   * The project's pyproject.toml with the change.
   *
   * @param at its folder
   * @throws NotAllowed
   */
  edit(at: string, text: string): string;
  /** As for locking: what may move. */
  readonly upgrade?: readonly string[];
}

/** What a project asks for leaves no room for the change. */
export class NotAllowed extends FabricaError {
  override readonly name = 'NotAllowed';
}

export interface TrialOptions {
  readonly root: string;
  /** The folder where copies are made, relative to the workspace. */
  readonly home: string;
  readonly registry: PypiRegistry;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** The files of a project that say what is installed. */
const MANIFESTS = [PYPROJECT, LOCK, DEV_LOCK];

/**
 * Tries a change on a copy of a project, with an environment of its own from the project's lock, in which nothing else
 * moves but what the change needs. The project's files and its `.venv` are not touched. Tests that fail are run
 * without the change, too.
 */
export async function tryOut(user: User, change: Change, options: TrialOptions): Promise<Trial> {
  const trial: Trial = { user, outcome: 'passes', tests: 0, failed: [], changes: [], files: new Map() };
  try {
    const changed = await testCopy(user, options, change);
    const { run, log } = changed;
    const after = { ...trial, ...changed, tests: run.total };
    return run.code === 0
      ? { ...after, log: undefined }
      : { ...after, log, ...(await blame(user, options, run)) };
  } catch (error) {
    if (!(error instanceof FabricaError) || error instanceof Cancelled) throw error;
    return {
      ...trial,
      outcome: isRefusal(error) ? 'not-allowed' : 'untested',
      reason: reasonOf(error, user, options),
    };
  }
}

interface Tested extends Pick<Trial, 'changes' | 'files'> {
  readonly run: TestRun;
  readonly log: string;
}

async function testCopy(user: User, options: TrialOptions, change?: Change): Promise<Tested> {
  const { root, home, signal, progress, registry } = options;
  if (!user.test) throw ownTests(user);
  const folder = `${home}/${user.name}`;
  const log = `${home}/${user.name}${change ? '' : '.before'}.log`;
  const at = join(root, folder);
  try {
    await copy(root, user, at);
    checkLock(root, folder);
    let changes: readonly LockChange[] = [];
    if (change) {
      writeFileSync(join(at, PYPROJECT), change.edit(at, readIfThere(join(at, PYPROJECT)) ?? ''));
      ({ changes } = await lock(root, folder, { registry, signal, progress, upgrade: change.upgrade }));
    }
    const files = new Map(MANIFESTS.map((name) => [name, readIfThere(join(at, name)) ?? '']));
    await syncEnvironment(root, folder, { signal, progress });
    const run = await runTests(root, folder, user.test, { log: join(root, log), signal });
    return { run, changes, files, log };
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
}

/** What git would commit of the project: what CI tests. */
async function copy(root: string, { folder }: User, at: string): Promise<void> {
  const draft = `${at}.draft`;
  for (const path of [at, draft]) rmSync(path, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  try {
    renameSync((await exportWorkingTree(root, folder, draft)).path, at);
  } finally {
    rmSync(draft, { recursive: true, force: true });
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

function ownTests({ name }: User): FabricaError {
  return new FabricaError(
    'own-tests',
    `its target test is more than a command in its environment, and can't be run in a copy: npx nx show project ${name}`,
  );
}

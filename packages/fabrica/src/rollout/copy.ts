import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkLock } from '../python/check-lock';
import { syncEnvironment } from '../python/environment';
import { lock, type LockChange } from '../python/lock';
import { DEV_LOCK, LOCK } from '../python/requirements';
import type { PypiRegistry } from '../registries/configuration';
import { exportWorkingTree } from '../registries/git';
import { FabricaError } from '../support/errors';
import { readIfThere } from '../support/files';
import type { Progress } from '../support/progress';
import { PYPROJECT } from '../workspace/layout';
import { runTests, type TestRun } from './tests';
import type { User } from './users';

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

/** What came of the tests of a copy. */
export interface TestedCopy {
  readonly run: TestRun;
  /** A file with all that they printed, relative to the workspace. */
  readonly log: string;
  /** What changed in the environment. */
  readonly changes: readonly LockChange[];
  /** The manifest and the locks that were tested, by name. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Tests a copy of a project, with the change or as it is, in an environment of its own. The copy is gone afterwards.
 *
 * @throws FabricaError `own-tests`, and those of checking the lock, of locking and of installing
 */
export async function testCopy(user: User, options: TrialOptions, change?: Change): Promise<TestedCopy> {
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

function ownTests({ name }: User): FabricaError {
  return new FabricaError(
    'own-tests',
    `its target test is more than a command in its environment, and can't be run in a copy: npx nx show project ${name}`,
  );
}

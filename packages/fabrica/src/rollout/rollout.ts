import { git } from '../registries/git';
import { fastForward, makeCommits, newBranch, type NewCommit } from './commits';
import type { Trial } from './trial';

/** A project that was moved. */
export interface Moved {
  readonly trial: Trial;
  /** The branch that has its commit. */
  readonly branch: string;
}

export interface CommitOptions {
  readonly root: string;
  /** The commit that was tested. */
  readonly parent: string;
  /** `fabrica-calendar` */
  readonly distribution: string;
  readonly version: string;
  /** The branch of each owner; without it, all commits go to the current branch. */
  readonly branches?: ReadonlyMap<string, string>;
}

/** The branches of owners, by owner. */
export async function branchesOf(
  root: string,
  change: string,
  owners: Iterable<string>,
): Promise<Map<string, string>> {
  const branches = new Map<string, string>();
  for (const owner of new Set(owners)) branches.set(owner, await newBranch(root, change, owner));
  return branches;
}

/** Leaves a commit for each project that passed, on the current branch or on that of its owner. */
export async function commitMoves(trials: readonly Trial[], options: CommitOptions): Promise<Moved[]> {
  const { root, parent, branches } = options;
  const commit = (some: readonly Trial[]) =>
    makeCommits(
      root,
      parent,
      some.map((trial) => commitOf(trial, options)),
    );
  if (!trials.length) return [];
  if (!branches) {
    await fastForward(root, parent, await commit(trials));
    const branch = (await git(root, ['rev-parse', '--abbrev-ref', 'HEAD'])).trim();
    return trials.map((trial) => ({ trial, branch }));
  }
  const moved: Moved[] = [];
  for (const [owner, branch] of branches) {
    const own = trials.filter(({ user }) => user.owner === owner);
    if (!own.length) continue;
    await git(root, ['branch', '--no-track', branch, await commit(own)]);
    moved.push(...own.map((trial) => ({ trial, branch })));
  }
  return moved;
}

function commitOf(
  { user, files, changes, tests }: Trial,
  { distribution, version }: CommitOptions,
): NewCommit {
  const moves = changes.map(({ name, from, to }) => `- ${name} ${from ?? 'new'} → ${to ?? 'gone'}`);
  const subject = `chore(${user.name}): ${distribution} ${version}`;
  const message = [subject, '', ...moves, '', `The tests pass (${tests}).`, ''].join('\n');
  return { message, files: new Map([...files].map(([name, text]) => [`${user.folder}/${name}`, text])) };
}

import type { ExecutorContext } from '@nx/devkit';
import { normalise } from '../../python/requirements';
import { ensurePypi } from '../../registries/registries';
import { seedReleases } from '../../registries/seed';
import { tryAll } from '../../rollout/all';
import { needCleanTree } from '../../rollout/commits';
import { chooseRelease, hasVersion, moveChange, needPublished } from '../../rollout/move';
import { summaryText, trialDocument } from '../../rollout/report';
import { branchesOf, commitMoves, type Moved } from '../../rollout/rollout';
import type { Trial } from '../../rollout/trial';
import { chooseUsers, EVERYBODY, usersOf, type User } from '../../rollout/users';
import { FabricaError } from '../../support/errors';
import { readPackage } from '../../workspace';
import { runCommand, type Command, type CommonOptions } from '../command';

export interface RolloutOptions extends CommonOptions {
  /** `projects`, for all that use the package; or the names of some. */
  readonly to?: string;
  /** A version; the newest release by default. Nx keeps an option `--version` for itself. */
  readonly release?: string;
  readonly branchPerOwner?: boolean;
  /** How many projects are tested at once. */
  readonly jobs?: number;
}

/** Moves projects to a released version of a package: a commit for each whose tests pass with it. */
export default function rollout(
  options: RolloutOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const { root, folder, name, answer } = command;
    const unit = readPackage(root, folder);
    const distribution = normalise(unit.distribution);
    const parent = await needCleanTree(root);
    const version = chooseRelease(
      root,
      unit,
      options.release === undefined ? undefined : String(options.release),
    );
    const users = usersOf(root, distribution, context.projectsConfigurations?.projects ?? {});
    const chosen = chooseUsers(users, options.to ?? EVERYBODY, distribution);
    const behind = chosen.filter((user) => !hasVersion(user, version));
    const owners = behind.map(({ owner }) => owner);
    const branches = options.branchPerOwner
      ? await branchesOf(root, `${name}-${version}`, owners)
      : undefined;
    const trials = behind.length
      ? await test(command, behind, { distribution, version, jobs: options.jobs })
      : [];
    const passed = trials.filter(({ outcome }) => outcome === 'passes');
    const moved = await commitMoves(passed, { root, parent, distribution, version, branches });
    answer(documentOf(name, version, chosen, trials, moved), nextText(distribution, version, moved, trials));
    const left = trials.filter(({ outcome }) => outcome !== 'passes');
    if (left.length) throw notMoved(distribution, version, left);
  });
}

async function test(
  { root, name, signal, progress }: Command,
  users: readonly User[],
  { distribution, version, jobs }: { distribution: string; version: string; jobs?: number },
): Promise<Trial[]> {
  let trials: Trial[] = [];
  await progress.quietly(`Tests with ${distribution} ${version}`, async (work) => {
    const registry = await ensurePypi(root, { signal, progress });
    await seedReleases(root, registry, { signal, progress, project: name });
    await needPublished(registry, distribution, version, signal);
    const given = { root, package: name, registry, signal, progress, jobs, work };
    trials = await tryAll(users, moveChange(distribution, version), given);
  });
  progress.say(summaryText(trials));
  return trials;
}

function documentOf(
  name: string,
  version: string,
  chosen: readonly User[],
  trials: readonly Trial[],
  moved: readonly Moved[],
): object {
  const tried = new Set(trials.map(({ user }) => user.name));
  return {
    schema: 1,
    package: name,
    version,
    unchanged: chosen.map((user) => user.name).filter((one) => !tried.has(one)),
    projects: trials.map((trial) => ({
      ...trialDocument(trial),
      branch: moved.find((one) => one.trial === trial)?.branch,
    })),
  };
}

function nextText(
  distribution: string,
  version: string,
  moved: readonly Moved[],
  trials: readonly Trial[],
): string {
  if (!trials.length)
    return `nothing to move: every project asked for has ${distribution} ${version}, or none uses it`;
  const branches = [...new Set(moved.map(({ branch }) => branch))];
  if (!branches.length) return '';
  const lines = moved.map(({ trial, branch }) => `  ${trial.user.name} (${trial.user.owner}): ${branch}`);
  const isOwn = branches.some((branch) => branch.startsWith('rollout/'));
  const push = isOwn ? `git push origin ${branches.join(' ')}` : 'git push';
  return ['Committed:', ...lines, `Next: ${push}`].join('\n');
}

function notMoved(distribution: string, version: string, left: readonly Trial[]): FabricaError {
  const named = left.map(({ user }) => `${user.name} (${user.owner})`).join(', ');
  return new FabricaError(
    'not-moved',
    `not moved to ${distribution} ${version}, and exactly as before: ${named}`,
    {
      hint: 'repair each as is said of it above, commit, then the same command again',
    },
  );
}

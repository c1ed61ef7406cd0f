import type { ExecutorContext } from '@nx/devkit';
import { normalise } from '../../python/requirements';
import { needRepository } from '../../registries/git';
import { ensurePypi } from '../../registries/registries';
import { seedReleases } from '../../registries/seed';
import { tryAll } from '../../rollout/all';
import { buildCandidates, candidateChange, type Candidate } from '../../rollout/candidate';
import { isProblem, summaryText, trialDocument } from '../../rollout/report';
import type { Trial } from '../../rollout/trial';
import { usersOf } from '../../rollout/users';
import { FabricaError } from '../../support/errors';
import { inTemporaryFolder } from '../../support/files';
import { readPackage } from '../../workspace';
import { runCommand, type Command, type CommonOptions } from '../command';

export interface TestCandidateOptions extends CommonOptions {
  /** How many projects are tested at once. */
  readonly jobs?: number;
}

/** Tests the projects that use a shared package with the package as it is in the working tree. */
export default function testCandidate(
  options: TestCandidateOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const { root, folder, name, answer } = command;
    await needRepository(root);
    const { distribution, version } = readPackage(root, folder);
    const users = usersOf(root, normalise(distribution), context.projectsConfigurations?.projects ?? {});
    if (!users.length) {
      const document = { schema: 1, package: name, version, candidates: [], projects: [] };
      return answer(document, `no project has ${distribution} in its lock`);
    }
    const { trials, candidates } = await test(command, users, options.jobs);
    const built = candidates.map(({ distribution, version, wheel }) => ({
      name: distribution,
      version,
      sha256: wheel.sha256,
    }));
    const bad = trials.filter(({ outcome }) => isProblem(outcome));
    answer(
      { schema: 1, package: name, version, candidates: built, projects: trials.map(trialDocument) },
      bad.length ? '' : `Next: ${next(name, trials)}`,
    );
    if (bad.length) throw breaks(name, distribution, bad);
  });
}

/** Nobody's tests say anything of the candidate where they fail without it: then they are the next thing to mend. */
function next(name: string, trials: readonly Trial[]): string {
  const blind = trials.filter(({ outcome }) => outcome === 'failed-before').map(({ user }) => user.name);
  if (!blind.length || trials.some(({ outcome }) => outcome === 'passes'))
    return `npx nx release --projects=${name}`;
  return `npx nx run-many -t test -p ${blind.join(',')}   # nothing is known of the candidate until these pass`;
}

async function test(
  { root, folder, name, signal, progress }: Command,
  users: ReturnType<typeof usersOf>,
  jobs: number | undefined,
): Promise<{ trials: Trial[]; candidates: Candidate[] }> {
  return inTemporaryFolder(root, async (into) => {
    let candidates: Candidate[] = [];
    await progress.phase('Candidate', async () => {
      candidates = await buildCandidates(root, folder, into, { signal, progress });
      return candidates.map(({ distribution, version }) => `${distribution} ${version}`).join(', with ');
    });
    let trials: Trial[] = [];
    await progress.quietly('Tests', async (work) => {
      const registry = await ensurePypi(root, { signal, progress });
      await seedReleases(root, registry, { signal, progress, project: name });
      const given = { root, package: name, registry, signal, progress, jobs, work };
      trials = await tryAll(users, candidateChange(candidates), given);
    });
    progress.say(summaryText(trials));
    return { trials, candidates };
  });
}

function breaks(name: string, distribution: string, bad: readonly Trial[]): FabricaError {
  const broken = bad
    .filter(({ outcome }) => outcome === 'breaks')
    .map(({ user }) => `${user.name} (${user.owner})`);
  if (!broken.length)
    return new FabricaError('untested', `not all projects that use ${distribution} could be tested with it`, {
      hint: `see to what is said of them above, then npx nx run ${name}:test-candidate again`,
    });
  return new FabricaError('candidate-breaks', `as it is, ${distribution} breaks ${broken.join(', ')}`, {
    hint: `change the package, or release it as a breaking change ("feat(${name})!: …") and tell the owners; each project moves its pin when it can`,
  });
}

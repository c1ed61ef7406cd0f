import { isClean } from '../../registries/git';
import { revisionOf } from '../../images/revision';
import { FabricaError } from '../../support/errors';
import { environmentFile, type Environment, type Project } from '../../workspace';
import type { Release } from '../release';
import type { Target } from '../ask';
import { changesIn, compareTo, type Changed } from './changes';
import { nameOf, put } from './put';
import {
  beginning,
  current,
  dropOldRecords,
  formerOf,
  readRecords,
  sameManifests,
  type DeployRecord,
} from './records';
import { revisionsOf, watch, type Former, type Rolled } from './roll';
import { unhealthy } from './watch';

/** What a deploy did. */
export interface Deployed {
  readonly release: number;
  readonly outcome: 'deployed' | 'unchanged';
  readonly image: string;
  readonly commit: string | null;
  readonly objects: readonly Changed[];
  readonly rolled: Omit<Rolled, 'removed'>;
  /** The release that a rollback goes back to. */
  readonly before: number | null;
}

/**
 * Nobody could say later what a deploy of something else than a commit put there.
 *
 * @throws FabricaError `uncommitted`
 */
export async function checkCommitted(
  root: string,
  { name, folder }: Pick<Project, 'name' | 'folder'>,
  environment: Environment,
): Promise<void> {
  const file = environmentFile(environment.name);
  const { dirty } = await revisionOf(root, folder);
  const what = [...(dirty ? [folder] : []), ...((await isClean(root, file)) ? [] : [file])];
  if (!what.length) return;
  const are = what.length === 1 ? 'is not committed as it is' : 'are not committed as they are';
  throw new FabricaError(
    'uncommitted',
    `${what.join(' and ')} ${are}: nobody could say later what was deployed`,
    {
      hint: `git add ${what.join(' ')} && git commit, then npx nx run ${name}:deploy --environment=${environment.name}`,
    },
  );
}

/**
 * Puts a release into a cluster, with the lease held. Nothing is applied when nothing differs. A release that does not
 * become healthy is rolled back to the one before.
 *
 * @param timeout for how long the service and the app may take, in seconds
 * @throws FabricaError `unhealthy`, those of kubectl and of the manifests
 */
export async function deployRelease(
  root: string,
  target: Target,
  release: Release,
  { timeout, again }: { readonly timeout: number; readonly again: string },
): Promise<Deployed> {
  const { difference, manifests } = await compareTo(root, target, release);
  const records = await readRecords(target);
  const holds = current(records);
  const what = { image: release.image, commit: release.commit, manifests };
  const objects = changesIn(manifests, difference, release.environment);
  const answer = { image: release.image, commit: release.commit, objects };
  const isSame = objects.every(({ outcome }) => outcome === 'unchanged');
  const wasBegun = records.at(-1)?.state === 'deploying';
  if (isSame && holds && !wasBegun && sameManifests(holds, what)) {
    const rolled = await stays(target, holds, { timeout, again });
    const before = formerOf(records, holds)?.number ?? null;
    return { ...answer, release: holds.number, outcome: 'unchanged', rolled, before };
  }
  const record = beginning(records, what);
  const former: Former = {
    manifests: holds?.manifests,
    there: difference.there,
    ...(holds ? {} : { revisions: await revisionsOf(target) }),
  };
  const rolled = await put(target, record, { timeout, again, former, holds });
  const kept = [
    ...records.filter(({ number }) => number !== record.number),
    { ...record, state: 'deployed' as const },
  ];
  await dropOldRecords(target, kept);
  return { ...answer, release: record.number, outcome: 'deployed', rolled, before: holds?.number ?? null };
}

/** Looks how the release does that is there already. */
async function stays(
  target: Target,
  { number }: DeployRecord,
  { timeout, again }: { readonly timeout: number; readonly again: string },
): Promise<Deployed['rolled']> {
  const rolled = await watch(target, timeout);
  if (rolled.outcome !== 'unhealthy') return rolled;
  const what = `release ${number} of ${nameOf(target)}`;
  throw unhealthy(target, rolled, { what, now: 'it was there before, and stays', again });
}

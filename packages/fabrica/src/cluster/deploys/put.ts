import { Cancelled, FabricaError, messageOf } from '../../support/errors';
import type { Target } from '../ask';
import { writeRecord, type DeployRecord } from './records';
import { roll, rollBack, type Former, type Rolled } from './roll';
import { unhealthy } from './watch';

/** `bikes in staging` */
export function nameOf({ project, environment }: Target): string {
  return `${project.name} in ${environment.name}`;
}

/** What a release is put in the place of. */
export interface Putting {
  /** For how long the service and the app may take, in seconds. */
  readonly timeout: number;
  /** The command that does it again. */
  readonly again: string;
  readonly former: Former;
  /** The release that holds until then. */
  readonly holds?: DeployRecord;
}

/**
 * Applies a release and writes down what became of it; one that does not become healthy is rolled back.
 *
 * @throws FabricaError `unhealthy`, those of kubectl
 */
export async function put(target: Target, record: DeployRecord, putting: Putting): Promise<Rolled> {
  const { timeout, again } = putting;
  const what = `release ${record.number} of ${nameOf(target)}`;
  await writeRecord(target, record);
  let rolled: Rolled;
  try {
    rolled = await roll(target, record.manifests, timeout);
  } catch (error) {
    throw await interrupted(error, target, record, putting);
  }
  if (rolled.outcome !== 'unhealthy') {
    await writeRecord(target, { ...record, state: 'deployed' });
    return rolled;
  }
  const reason = unhealthy(target, rolled, { what, now: '', again }).message.trimEnd();
  const now = await backTo(target, { ...record, reason }, putting);
  const error = unhealthy(target, rolled, { what, now, again });
  if (target.signal.reason instanceof Cancelled)
    throw new Cancelled(target.signal.reason.signal, { still: error.message, hint: error.hint });
  throw error;
}

/** What is begun to mend something is not ended by Ctrl-C. */
export function steady(target: Target): Target {
  return { ...target, signal: new AbortController().signal };
}

/**
 * Rolls back, notes that the release failed, and says what holds now. One that could not be rolled back stays one that
 * was begun: the next deploy, or a rollback, sees to it.
 */
async function backTo(target: Target, record: DeployRecord, { former, holds }: Putting): Promise<string> {
  try {
    await target.progress.phase('Rollback', () => rollBack(steady(target), former));
    await writeRecord(steady(target), { ...record, state: 'failed' });
  } catch (error) {
    return `it could not be rolled back: ${messageOf(error)}`;
  }
  if (holds) return `rolled back: release ${holds.number} serves as before`;
  return former.there.length
    ? 'rolled back: what was there before serves'
    : 'what was applied is taken away again';
}

/**
 * What an end in the middle leaves: after Ctrl-C, and when the cluster stayed away, the release rolls out by itself, and
 * the next deploy goes on with it; what the cluster refused is rolled back.
 */
async function interrupted(
  error: unknown,
  target: Target,
  record: DeployRecord,
  putting: Putting,
): Promise<unknown> {
  const { again } = putting;
  const still = `release ${record.number} is applied, at least in part, and rolls out by itself; what served before serves until it is healthy`;
  if (error instanceof Cancelled) return new Cancelled(error.signal, { still, hint: again });
  if (!(error instanceof FabricaError) || error.code === 'lease-lost') return error;
  if (error.code === 'cluster-down')
    return new FabricaError(error.code, `${error.message}\n${still}`, {
      hint: `when it does: ${again}`,
      cause: error,
    });
  const now = await backTo(target, { ...record, reason: error.message }, putting);
  return new FabricaError(error.code, `${error.message}\n${now}`, { hint: error.hint, cause: error });
}

import { Cancelled, FabricaError } from '../../support/errors';
import type { Target } from '../ask';
import { whoWeAre } from './lease';
import { nameOf, steady } from './put';
import { current, formerOf, readRecords, writeRecord, type DeployRecord } from './records';
import { roll, rollBack, type Rolled } from './roll';
import { unhealthy } from './watch';

/** What a rollback did. */
export interface RolledBack {
  readonly from: DeployRecord;
  readonly to: DeployRecord;
  readonly rolled: Rolled;
}

export interface RollbackOptions {
  /** A release; the one before by default. */
  readonly to?: number;
  /** In seconds. */
  readonly timeout: number;
  readonly again: string;
}

/**
 * Goes back to an earlier release, with the lease held: to its image and to all its objects. The data and the models are
 * left as they are.
 *
 * @throws FabricaError `no-release`, `is-there`, `failed-release`, `unhealthy`, those of kubectl
 */
export async function rollbackRelease(target: Target, options: RollbackOptions): Promise<RolledBack> {
  const records = await readRecords(target);
  const from = records.findLast(({ state }) => state === 'deployed' || state === 'deploying');
  const to = goalOf(target, records, from, options.to);
  if (!from) throw noRelease(target, records);
  if (to === from && from.state === 'deployed') throw isThere(target, records, to.number);
  const former = { manifests: from.manifests, there: [] };
  const now = `release ${from.number} serves as before`;
  const back = (): Promise<unknown> =>
    target.progress.phase('Rollback', () => rollBack(steady(target), former));
  const rolled = await roll(target, to.manifests, options.timeout).catch(async (error: unknown) => {
    const still = `release ${to.number} is applied, at least in part; what served before serves until it is healthy`;
    if (error instanceof Cancelled) throw new Cancelled(error.signal, { still, hint: options.again });
    if (!(error instanceof FabricaError) || ['cluster-down', 'lease-lost'].includes(error.code)) throw error;
    await back();
    throw new FabricaError(error.code, `${error.message}\n${now}`, { hint: error.hint, cause: error });
  });
  if (rolled.outcome === 'unhealthy') {
    await back();
    throw unhealthy(target, rolled, {
      what: `release ${to.number} of ${nameOf(target)}`,
      now,
      again: options.again,
    });
  }
  for (const record of records.filter(({ number }) => number > to.number)) await unseat(target, record, to);
  if (to.state !== 'deployed') await writeRecord(target, { ...to, state: 'deployed', reason: null });
  return { from, to, rolled };
}

async function unseat(target: Target, record: DeployRecord, to: DeployRecord): Promise<void> {
  if (record.state !== 'deployed' && record.state !== 'deploying') return;
  const reason = `${whoWeAre()} went back to release ${to.number} at ${new Date().toISOString()}`;
  await writeRecord(target, { ...record, state: 'rolled back', reason });
}

function goalOf(
  target: Target,
  records: readonly DeployRecord[],
  from: DeployRecord | undefined,
  to: number | undefined,
): DeployRecord {
  const goal =
    to === undefined ? from && formerOf(records, from) : records.find(({ number }) => number === to);
  if (!goal) throw noRelease(target, records, to);
  if (goal.state !== 'failed') return goal;
  throw new FabricaError(
    'failed-release',
    `release ${goal.number} of ${nameOf(target)} never became healthy: ${goal.reason?.split('\n')[0] ?? ''}`,
    { hint: thereAre(target, records) },
  );
}

function noRelease(target: Target, records: readonly DeployRecord[], to?: number): FabricaError {
  const what = to === undefined ? 'no release before to go back to' : `no release ${to}`;
  return new FabricaError('no-release', `${nameOf(target)} has ${what}`, { hint: thereAre(target, records) });
}

function isThere(target: Target, records: readonly DeployRecord[], number: number): FabricaError {
  const message = `release ${number} of ${nameOf(target)} is the one that is there`;
  return new FabricaError('is-there', message, { hint: thereAre(target, records) });
}

/** What can be gone back to: releases that were healthy, but for the one that is there. */
function thereAre({ project, environment }: Target, records: readonly DeployRecord[]): string {
  const run = `npx nx run ${project.name}`;
  const there = current(records);
  const good = records.filter(
    (record) => record !== there && record.state !== 'failed' && record.state !== 'deploying',
  );
  if (!good.length)
    return `correct it and commit, then ${run}:deploy --environment=${environment.name}; no other release was healthy`;
  const numbers = good.map(({ number }) => number);
  return `${run}:rollback --environment=${environment.name} --to=${numbers.at(-1)}; there are ${numbers.join(', ')}`;
}

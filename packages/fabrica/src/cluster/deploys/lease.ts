import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { FabricaError } from '../../support/errors';
import { metadataOf } from '../release';
import { ask, askFor, isMissing, type Target } from '../ask';

interface Lease {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
  readonly spec?: { readonly holderIdentity?: string; readonly acquireTime?: string };
}

/** After so long without a word of its holder, a lease is free; in milliseconds. */
const DURATION = 15_000;
const RENEWAL = 5_000;
const LOOK = 1_000;

/** Who deploys, as others read it. */
export function whoWeAre(): string {
  return `${userInfo().username}@${hostname()}`;
}

/** The name of what keeps two deploys of a project apart. */
export function leaseName(project: string): string {
  return `${project}.deploy`;
}

/**
 * Does work while nobody else deploys the project to the environment; waits for who does. A holder renews its lease, so
 * one that was killed blocks the next for some seconds. Clocks of machines are not compared: whoever waits measures by
 * its own how long nothing was renewed.
 *
 * @param work gets a target whose signal is aborted when the lease is lost, after this machine slept
 * @throws FabricaError `lease-lost`, those of kubectl and of the work
 */
export async function withLease<T>(target: Target, work: (target: Target) => Promise<T>): Promise<T> {
  const holder = `${whoWeAre()} ${randomUUID().slice(0, 8)}`;
  await acquire(target, holder);
  const lost = new AbortController();
  const done = new AbortController();
  const signal = AbortSignal.any([lost.signal, target.signal]);
  const renewing = renew({ ...target, signal: done.signal }, holder, lost);
  try {
    return await work({ ...target, signal });
  } finally {
    done.abort();
    await renewing;
    await release(target, holder);
  }
}

async function acquire(target: Target, holder: string): Promise<void> {
  let seen: { version?: string; since: number } = { since: 0 };
  let told = false;
  for (;;) {
    const lease = await read(target);
    const held = lease?.spec?.holderIdentity;
    if (seen.version !== lease?.metadata.resourceVersion || !lease)
      seen = { version: lease?.metadata.resourceVersion, since: Date.now() };
    const isFree = !held || held === holder || Date.now() - seen.since > DURATION;
    if (isFree && (await write(target, holder, lease))) return;
    if (!isFree && !told) target.progress.say(`Waiting: ${whoHolds(lease)}`);
    told ||= !isFree;
    if (!isFree)
      await wait(LOOK, undefined, { signal: target.signal }).catch(() => target.signal.throwIfAborted());
  }
}

function whoHolds({ metadata, spec }: Lease): string {
  const since = spec?.acquireTime ? `, since ${spec.acquireTime.slice(0, 19)}Z` : '';
  return `${spec?.holderIdentity?.split(' ')[0]} holds ${metadata.name}${since}; a deploy that was killed is done with in ${DURATION / 1000} s`;
}

async function read(target: Target): Promise<Lease | undefined> {
  try {
    return await askFor<Lease>(target, ['leases.coordination.k8s.io', leaseName(target.project.name)]);
  } catch (error) {
    if (error instanceof FabricaError && isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether the lease is ours now; false when another was faster. */
async function write(target: Target, holder: string, before: Lease | undefined): Promise<boolean> {
  const metadata = metadataOf(target, leaseName(target.project.name), 'deploy');
  const now = new Date().toISOString().replace('Z', '000Z');
  const isOurs = before?.spec?.holderIdentity === holder;
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    // The version that we saw: whoever wrote in between wins.
    metadata: { ...metadata, ...(before ? { resourceVersion: before.metadata.resourceVersion } : {}) },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: DURATION / 1000,
      acquireTime: isOurs ? before.spec.acquireTime : now,
      renewTime: now,
    },
  };
  try {
    await ask(target, [before ? 'replace' : 'create', '-f', '-'], JSON.stringify(lease));
    return true;
  } catch (error) {
    if (error instanceof FabricaError && /\((AlreadyExists|Conflict|NotFound)\)/.test(error.message))
      return false;
    throw error;
  }
}

async function renew(target: Target, holder: string, lost: AbortController): Promise<void> {
  for (;;) {
    const goesOn = await wait(RENEWAL, true, { signal: target.signal }).catch(() => false);
    if (!goesOn) return;
    try {
      const lease = await read(target);
      if (lease?.spec?.holderIdentity === holder) await write(target, holder, lease);
      // One that isn't there is nobody else's: it is removed with the project.
      else if (lease) lost.abort(lostLease(target, lease));
    } catch {
      // A cluster that is away lets nobody else in; the work tells of it.
      if (target.signal.aborted) return;
    }
  }
}

function lostLease({ project, environment }: Target, lease: Lease): FabricaError {
  const who = lease.spec?.holderIdentity?.split(' ')[0] ?? 'another command';
  return new FabricaError(
    'lease-lost',
    `${who} deploys ${project.name} to ${environment.name} in our place: nothing was heard of us for ${DURATION / 1000} s`,
    { hint: `npx nx run ${project.name}:status --environment=${environment.name}` },
  );
}

/** Also after Ctrl-C; what can't be released is free soon. */
async function release(target: Target, holder: string): Promise<void> {
  const unhurried = { ...target, signal: AbortSignal.timeout(10_000) };
  try {
    const lease = await read(unhurried);
    if (lease?.spec?.holderIdentity === holder) await write(unhurried, '', lease);
  } catch {
    return;
  }
}

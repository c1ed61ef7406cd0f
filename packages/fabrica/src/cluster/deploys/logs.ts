import { setTimeout as wait } from 'node:timers/promises';
import { FabricaError } from '../../support/errors';
import { kubectl, kubectlFailure } from '../kubectl';
import { ownerSelector } from '../owned';
import { LABELS } from '../release';
import { askFor, type Target } from '../ask';
import type { Pod } from './objects';

/** A line that a container wrote. */
export interface LogLine {
  readonly pod: string;
  /** Whether its container has ended, and another took its place. */
  readonly ended: boolean;
  readonly text: string;
}

/** What runs for as long as it is deployed. */
export type Part = 'service' | 'app';

/** A container that has a log. */
interface Source {
  readonly pod: string;
  readonly ended: boolean;
}

const LOOK = 2_000;
/** Before all times. */
const NOW = '';
/** The container is about to begin, or there is none. */
const UNTIL_LATER = /waiting to start|not found|is terminated/i;

/**
 * The last lines that the pods of a part wrote, oldest first, with those of containers that crashed.
 *
 * @throws FabricaError `no-log`, those of kubectl
 */
export async function lastLogLines(target: Target, part: Part, lines: number): Promise<LogLine[]> {
  const sources = await sourcesOf(target, part);
  if (!sources.length) throw noLog(target, part);
  const found = await Promise.all(sources.map((source) => linesOf(target, part, source, lines)));
  const all = found.flat().sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  return all.slice(Math.max(0, all.length - lines)).map(({ at: _at, ...line }) => line);
}

/** Hands on what the pods of a part write from now on, also those that come later, until the signal is aborted. */
export async function followLog(target: Target, part: Part, onLine: (line: LogLine) => void): Promise<void> {
  /** When each pod wrote its last line that is known; {@link NOW}: what it wrote before is not asked for. */
  const seen = new Map<string, string | undefined>();
  const streams = new Map<string, Promise<void>>();
  const stop = new AbortController();
  const signal = AbortSignal.any([target.signal, stop.signal]);
  const follow = async (pod: string): Promise<void> => {
    const hand = (at: string, text: string): void => {
      const before = seen.get(pod);
      if (before !== undefined && at <= before) return;
      seen.set(pod, at);
      onLine({ pod, ended: false, text });
    };
    try {
      const hasEnded = await stream({ ...target, signal }, part, pod, seen.get(pod), hand);
      // All of the container that comes in its place is new.
      if (hasEnded && seen.get(pod) === NOW) seen.set(pod, new Date().toISOString());
    } catch (error) {
      stop.abort(error);
    }
    // The next look takes up a container that comes again, and a connection that broke.
    streams.delete(pod);
  };
  for (const { metadata } of await podsOf(target, part)) seen.set(metadata.name, NOW);
  try {
    while (!signal.aborted) {
      for (const { metadata, status } of await podsOf(target, part))
        if (status?.phase === 'Running' && !streams.has(metadata.name))
          streams.set(metadata.name, follow(metadata.name));
      await wait(LOOK, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    stop.abort();
    await Promise.all(streams.values());
  }
  if (!target.signal.aborted) throw stop.signal.reason;
}

async function podsOf(target: Target, part: Part): Promise<Pod[]> {
  const { project, environment } = target;
  const selector = `${ownerSelector(project.name, environment.name)},${LABELS.part}=${part}`;
  return (await askFor<{ items: Pod[] }>(target, ['pods', '-l', selector])).items;
}

async function sourcesOf(target: Target, part: Part): Promise<Source[]> {
  return (await podsOf(target, part)).flatMap(({ metadata, status }) => {
    const [container] = status?.containerStatuses ?? [];
    const crashed = container?.lastState?.terminated ? [{ pod: metadata.name, ended: true }] : [];
    return [...crashed, { pod: metadata.name, ended: false }];
  });
}

async function linesOf(
  { environment, signal }: Target,
  part: Part,
  { pod, ended }: Source,
  lines: number,
): Promise<(LogLine & { readonly at: string })[]> {
  const which = ended ? ['--previous'] : [];
  const args = ['logs', pod, '--container', part, '--timestamps', `--tail=${lines}`, ...which];
  const result = await kubectl(environment, args, { signal });
  // Or the cluster keeps no log of the one before.
  if (UNTIL_LATER.test(result.stderr)) return [];
  if (result.code !== 0) throw kubectlFailure(result, environment);
  return result.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => ({ pod, ended, ...timed(line) }));
}

/**
 * Hands on what a pod writes, until its container ends or the connection breaks.
 *
 * @param since the time of the last line that is known; all, when it is undefined
 * @returns whether the container has ended
 */
async function stream(
  { environment, signal }: Target,
  part: Part,
  pod: string,
  since: string | undefined,
  hand: (at: string, text: string) => void,
): Promise<boolean> {
  const from = since === undefined ? [] : [since === NOW ? '--tail=0' : `--since-time=${since}`];
  const args = ['logs', pod, '--container', part, '--follow', '--timestamps', ...from];
  const onLine = (line: string, stream: 'stdout' | 'stderr'): void => {
    const { at, text } = timed(line);
    if (stream === 'stdout') hand(at, text);
  };
  const result = await kubectl(environment, args, { signal, onLine, keep: false });
  if (result.code === 0 || UNTIL_LATER.test(result.stderr)) return result.code === 0;
  const failure = kubectlFailure(result, environment);
  if (failure.code !== 'cluster-down') throw failure;
  return false;
}

/** A line with its time, as `--timestamps` writes it. */
function timed(line: string): { readonly at: string; readonly text: string } {
  const [, at = '', text = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
  return { at, text };
}

function noLog({ project, environment }: Target, part: Part): FabricaError {
  return new FabricaError('no-log', `no pod of the ${part} of ${project.name} is in ${environment.name}`, {
    hint: `npx nx run ${project.name}:status --environment=${environment.name}`,
  });
}

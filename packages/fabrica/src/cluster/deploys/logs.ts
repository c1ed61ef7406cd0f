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
  const followed = new Set((await podsOf(target, part)).map(({ metadata }) => metadata.name));
  const follow = (pod: string, ...more: string[]): Promise<void> =>
    stream(target, part, pod, more, onLine).catch(() => undefined); // only aborted
  const streams = [...followed].map((pod) => follow(pod, '--tail=0'));
  while (!target.signal.aborted) {
    await wait(LOOK, undefined, { signal: target.signal }).catch(() => undefined);
    if (target.signal.aborted) break;
    for (const { metadata, status } of await podsOf(target, part)) {
      if (followed.has(metadata.name) || status?.phase !== 'Running') continue;
      followed.add(metadata.name);
      streams.push(follow(metadata.name));
    }
  }
  await Promise.all(streams);
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
  // Its container is about to begin, or the cluster keeps no log of the one before.
  if (/waiting to start|not found|is terminated/i.test(result.stderr)) return [];
  if (result.code !== 0) throw kubectlFailure(result, environment);
  return result.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, at = '', text = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
      return { pod, ended, at, text };
    });
}

async function stream(
  { environment, signal }: Target,
  part: Part,
  pod: string,
  more: readonly string[],
  onLine: (line: LogLine) => void,
): Promise<void> {
  const args = ['logs', pod, '--container', part, '--follow', ...more];
  const hand = (text: string, from: 'stdout' | 'stderr'): void => {
    if (from === 'stdout') onLine({ pod, ended: false, text });
  };
  await kubectl(environment, args, { signal, onLine: hand });
}

function noLog({ project, environment }: Target, part: Part): FabricaError {
  return new FabricaError('no-log', `no pod of the ${part} of ${project.name} is in ${environment.name}`, {
    hint: `npx nx run ${project.name}:status --environment=${environment.name}`,
  });
}

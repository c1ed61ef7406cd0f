import { FabricaError, messageOf } from '../../support/errors';
import { fieldsOf } from '../../support/log-line';
import { kubectl, kubectlFailure } from '../kubectl';
import type { Target } from '../ask';
import { healthOf, type Health } from './health';
import { lastLogLines } from './logs';
import { ofKind, type Pod } from './objects';
import { current, readRecords, type DeployRecord } from './records';
import { readRuns, type ClusterRun } from './runs';
import { readRunning } from './watch';

/** A release, without its manifests. */
export type ReleaseStatus = Omit<DeployRecord, 'manifests'>;

/** What a pod of the service says of itself. */
export interface Answered {
  readonly pod: string;
  /** Its JSON; undefined where it did not answer. */
  readonly text?: string;
  readonly error?: string;
}

/** What is in a cluster of a project. */
export interface ClusterStatus {
  readonly release: ReleaseStatus | null;
  /** Newest first. */
  readonly releases: readonly ReleaseStatus[];
  readonly running: readonly Health[];
  readonly answered: readonly Answered[];
  readonly runs: readonly ClusterRun[];
  /** Lines in which the service told of errors, newest last. */
  readonly logged: readonly string[];
}

const RUNS = 5;
const LINES = 500;
const ERRORS = 3;

/**
 * Asks a cluster what is there of a project.
 *
 * @throws FabricaError those of kubectl
 */
export async function readStatus(target: Target): Promise<ClusterStatus> {
  const [records, objects, runs] = await Promise.all([
    readRecords(target),
    readRunning(target),
    readRuns(target, RUNS),
  ]);
  const pods = ofKind(objects, 'Pod').filter(isService);
  const [answered, logged] = await Promise.all([
    Promise.all(pods.filter(isReady).map(({ metadata }) => askService(target, metadata.name))),
    pods.length ? loggedErrors(target) : [],
  ]);
  const releases = records.map(({ manifests: _manifests, ...record }) => record).reverse();
  const number = current(records)?.number;
  const release = releases.find((one) => one.number === number) ?? null;
  return { release, releases, running: healthOf(objects), answered, runs, logged };
}

function isService({ status }: Pod): boolean {
  return status?.containerStatuses?.some(({ name }) => name === 'service') ?? false;
}

function isReady({ metadata, status }: Pod): boolean {
  return !metadata.deletionTimestamp && (status?.containerStatuses?.every(({ ready }) => ready) ?? false);
}

/** Within its pod: no policy of the network stands in between, and every image of a project has Python. */
const QUESTION = `
from urllib.request import Request, urlopen
request = Request("http://127.0.0.1:8000/", headers={"accept": "application/json"})
print(urlopen(request, timeout=10).read().decode())
`;

async function askService({ environment, signal }: Target, pod: string): Promise<Answered> {
  const args = ['exec', pod, '--container', 'service', '--', 'python', '-c', QUESTION];
  const result = await kubectl(environment, ['--request-timeout=20s', ...args], { signal });
  if (result.code === 0) return { pod, text: result.stdout };
  return { pod, error: kubectlFailure(result, environment).message };
}

async function loggedErrors(target: Target): Promise<string[]> {
  try {
    const lines = await lastLogLines(target, 'service', LINES);
    const isError = (text: string): boolean => ['error', 'critical'].includes(String(fieldsOf(text)?.level));
    return lines.flatMap(({ text }) => (isError(text) ? text : [])).slice(-ERRORS);
  } catch (error) {
    target.signal.throwIfAborted();
    if (error instanceof FabricaError && error.code === 'no-log') return [];
    return [messageOf(error)];
  }
}

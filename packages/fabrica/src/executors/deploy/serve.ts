import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { commandEnvironment, pythonOf } from '../../../bin/shared.cjs';
import { FabricaError } from '../../support/errors';
import {
  endedAtOnce,
  isRunning,
  keepStarted,
  readLastLines,
  startDaemon,
  stopProcess,
  type ProcessRecord,
} from '../../support/processes';
import { isFree } from '../../support/ports';
import {
  describeService,
  DRAINING,
  readServiceState,
  readWish,
  serviceFolder,
  serviceId,
  serviceLog,
  serviceProcess,
  superviseArguments,
  supervisorLog,
  writeWish,
  type ServiceDescription,
  type ServiceState,
  type Wish,
} from '../service';
import type { GateEnded } from './runs';

export interface ServeOptions {
  readonly signal: AbortSignal;
  /**
   * The wished port; the service's former one, else 8000, by default. The next free one when it is taken; a running
   * service then stays where it is.
   */
  readonly port?: number;
}

export interface Served {
  readonly address: string;
  readonly outcome: 'started' | 'rolled over' | 'moved' | 'unchanged';
  /** Where it was before it moved to another port. */
  readonly former?: string;
  /** The supervisor's process. */
  readonly pid: number;
  readonly port: number;
  /** The port that it was to have, which another process has. */
  readonly taken?: number;
}

const FIRST_PORT = 8000;
/** The supervisor gives a new worker 120 s; a little more, so that its reason reaches us. */
const PATIENCE = 150_000;
const LOG_LINES = 30;

/**
 * Sees to it that the project's service runs a release. A running service is rolled over by its supervisor: it keeps
 * its address, and the old release serves until the new one is ready. When the new one fails, the old one stays, and
 * stays what is wanted. For another port it is then restarted: by a release that is known to start.
 *
 * @throws FabricaError `service-failed` with the last lines of the log.
 */
export async function serve(root: string, wanted: Wish, options: ServeOptions): Promise<Served> {
  const record = await ready(root, wanted.project, options.signal);
  const before = readWish(root, wanted.project);
  if (!record) return start(root, wanted, options);
  const state = readServiceState(root, wanted.project);
  const here =
    state && isServing(state, wanted) && JSON.stringify(before) === JSON.stringify(wanted)
      ? served(state, 'unchanged')
      : await rollOver(root, record, wanted, before, options);
  const { port } = options;
  if (!port || port === here.port) return here;
  return (await isFree(port)) ? move(root, record, wanted, here, options) : { ...here, taken: port };
}

async function move(
  root: string,
  record: ProcessRecord,
  wanted: Wish,
  { address }: Served,
  options: ServeOptions,
): Promise<Served> {
  options.signal.throwIfAborted();
  await stopProcess(root, record, DRAINING);
  const moved = await start(root, wanted, options);
  // It served before this command, and goes on when the rest of the command is interrupted.
  keepStarted(serviceId(wanted.project));
  return { ...moved, outcome: 'moved', former: address };
}

/** The running supervisor. One that a killed deploy left may have just been started: it doesn't listen to us yet. */
async function ready(root: string, project: string, signal: AbortSignal): Promise<ProcessRecord | undefined> {
  const record = serviceProcess(root, project);
  const limit = Date.now() + PATIENCE;
  while (record && Date.now() < limit && readServiceState(root, project)?.pid !== record.pid) {
    if (!isRunning(record)) return undefined;
    await wait(50, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  return record;
}

function isServing(state: ServiceState, wanted: Wish): boolean {
  return state.serving === wanted.id && state.worker?.pid !== null && state.attempt?.outcome === 'healthy';
}

function served(state: ServiceState, outcome: Served['outcome']): Served {
  return { address: state.address, outcome, pid: state.pid, port: state.port };
}

async function start(root: string, wanted: Wish, options: ServeOptions): Promise<Served> {
  const port = options.port ?? readServiceState(root, wanted.project)?.port ?? FIRST_PORT;
  const before = stampOf(root, wanted.project);
  writeWish(root, wanted);
  const record = await startDaemon(
    wanted.python,
    [...superviseArguments(root, wanted.project), '--port', String(port)],
    {
      root,
      id: serviceId(wanted.project),
      kind: 'service',
      project: wanted.project,
      cwd: wanted.cwd,
      env: {
        ...commandEnvironment(root, wanted.cwd),
        FABRICA_STORE: wanted.store,
        FABRICA_PROJECT: wanted.project,
      },
      log: supervisorLog(root, wanted.project),
    },
  );
  try {
    const state = await answerOf(root, record, wanted, before, options.signal);
    if (isServing(state, wanted))
      return { ...served(state, 'started'), ...(port && port !== state.port ? { taken: port } : {}) };
    throw notServing(root, wanted, state, 'nothing serves now');
  } catch (error) {
    await stopProcess(root, record);
    throw error;
  }
}

async function rollOver(
  root: string,
  record: ProcessRecord,
  wanted: Wish,
  before: Wish | undefined,
  options: ServeOptions,
): Promise<Served> {
  const stamp = stampOf(root, wanted.project);
  const ask = (next: Wish): void => {
    writeWish(root, next);
    process.kill(record.pid, 'SIGHUP');
  };
  try {
    ask(wanted);
    const state = await answerOf(root, record, wanted, stamp, options.signal);
    if (isServing(state, wanted)) return served(state, 'rolled over');
    throw notServing(root, wanted, state, `${state.serving ?? 'nothing'} keeps serving at ${state.address}`);
  } catch (error) {
    // What serves is what is wanted again: a restart of the supervisor must not bring the failed release.
    if (before && isRunning(record)) ask(before);
    throw error;
  }
}

/** The state file is replaced at each change: its number and time tell an answer from what stood there before. */
function stampOf(root: string, project: string): string | undefined {
  const stats = statSync(serviceFolder(root, project, 'state.json'), { throwIfNoEntry: false, bigint: true });
  return stats && `${stats.ino}:${stats.mtimeNs}`;
}

async function answerOf(
  root: string,
  record: ProcessRecord,
  wanted: Wish,
  before: string | undefined,
  signal: AbortSignal,
): Promise<ServiceState> {
  const limit = Date.now() + PATIENCE;
  for (;;) {
    signal.throwIfAborted();
    if (!isRunning(record)) throw endedAtOnce('the supervisor of the service', record.log ?? '');
    if (stampOf(root, wanted.project) !== before) {
      const state = readServiceState(root, wanted.project);
      if (
        state?.pid === record.pid &&
        state.attempt?.id === wanted.id &&
        state.attempt.outcome !== 'starting'
      )
        return state;
      if (state?.attempt?.id === null && state.attempt.outcome === 'failed') return state;
    }
    if (Date.now() > limit)
      throw new FabricaError(
        'service-failed',
        `the service did not say within ${PATIENCE / 1000} s whether it is healthy`,
        { hint: `npx nx run ${wanted.project}:logs` },
      );
    await wait(50, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function notServing(root: string, wanted: Wish, state: ServiceState, still: string): FabricaError {
  const reason = state.attempt?.error ?? readLastLines(serviceLog(root, wanted.project), LOG_LINES);
  // The release is a copy: people mend the file that they wrote.
  const said = reason.replaceAll(wanted.cwd, join('projects', wanted.project));
  return new FabricaError(
    'service-failed',
    `release ${wanted.id} does not start; ${still}\n${said.replace(/^/gm, '  ')}`,
    { hint: wayOut(wanted, said) },
  );
}

function wayOut({ project, module }: Wish, said: string): string {
  const logs = `npx nx run ${project}:logs`;
  // `serve` runs in the project's folder, which has them.
  return /FileNotFoundError.*\bdata[\\/]/.test(said)
    ? `mv the file below src/${module}, and read it from Path(__file__).parent: a release holds src alone, not data/\n${logs}`
    : logs;
}

/** How long a service may take to notice a promotion: it looks every second. */
const NOTICE = 15_000;

/**
 * Waits until the running service serves what the gates of this deploy's runs say, and answers what it says of itself.
 *
 * @throws FabricaError `service-silent`; `service-behind` when it serves older versions after a while.
 */
export async function caughtUp(
  project: string,
  address: string,
  verdicts: readonly GateEnded[],
  signal: AbortSignal,
  patience = NOTICE,
): Promise<ServiceDescription> {
  const limit = Date.now() + patience;
  for (;;) {
    const description = await describeService(address, signal);
    const behind = verdicts.find((verdict) => isBehind(description, verdict));
    if (!behind) return description;
    if (Date.now() > limit) {
      throw new FabricaError(
        'service-behind',
        `the service at ${address} does not serve version ${behind.serving?.version} of ${behind.model}${behind.value ? ` for ${behind.value}` : ''} yet`,
        { hint: `npx nx run ${project}:logs` },
      );
    }
    await wait(100, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function isBehind({ serving }: ServiceDescription, { model, value, serving: wanted }: GateEnded): boolean {
  const found = serving.find((one) => one.model === model && one.value === (value ?? null));
  // The service only knows the values that its definition lists.
  if (!found || !wanted?.version) return false;
  return found.champion.value === (wanted.value ?? null) && found.champion.version < wanted.version;
}

export function wishFor(
  project: string,
  module: string,
  release: { id: string; folder: string },
  store: string,
): Wish {
  return {
    schema: 1,
    id: release.id,
    python: pythonOf(release.folder),
    cwd: release.folder,
    module,
    store,
    project,
  };
}

import { join } from 'node:path';
import { z } from 'zod';
import { findProcesses } from '../../bin/process-tree.cjs';
import { registerProcess } from '../../bin/shared.cjs';
import { FabricaError, messageOf } from '../support/errors';
import { readDocument, readIfThere, stateFolder, writeDocument } from '../support/files';
import { withLock } from '../support/lock';
import { listProcesses, type ProcessRecord } from '../support/processes';
import type { Progress } from '../support/progress';

/** What the supervisor tells in `.fabrica/services/<project>/state.json` (written by fabrica.serving). */
const serviceState = z.object({
  schema: z.literal(1),
  pid: z.number().int(),
  host: z.string(),
  port: z.number().int(),
  address: z.string(),
  serving: z.string().nullable(),
  worker: z
    .object({ pid: z.number().int().nullable(), since: z.string().nullable(), restarts: z.number().int() })
    .nullable(),
  attempt: z
    .object({
      id: z.string().nullable(),
      outcome: z.enum(['starting', 'healthy', 'failed']),
      error: z.string().nullable(),
    })
    .nullable(),
});

/** How long a service may take to end: its supervisor gives requests that it has taken 30 s. */
export const DRAINING = 40_000;

export type ServiceState = z.infer<typeof serviceState>;

/** What the supervisor is asked to serve: `want.json`. */
export const wish = z.object({
  schema: z.literal(1),
  id: z.string(),
  python: z.string(),
  cwd: z.string(),
  module: z.string(),
  store: z.string(),
  project: z.string(),
});

export type Wish = z.infer<typeof wish>;

/** The folder of a project's service: what it should serve, what it serves, its logs. */
export function serviceFolder(root: string, project: string, ...parts: string[]): string {
  return stateFolder(root, 'services', project, ...parts);
}

export function readServiceState(root: string, project: string): ServiceState | undefined {
  return readDocument(
    serviceFolder(root, project, 'state.json'),
    serviceState,
    `npx nx run ${project}:stop, then npx nx run ${project}:deploy`,
  );
}

export function readWish(root: string, project: string): Wish | undefined {
  return readDocument(serviceFolder(root, project, 'want.json'), wish);
}

export function writeWish(root: string, wanted: Wish): void {
  writeDocument(serviceFolder(root, wanted.project, 'want.json'), wanted);
}

export const serviceLog = (root: string, project: string): string =>
  join(serviceFolder(root, project), 'service.log');

/** The supervisor of a project's service, when it runs. */
export function serviceProcess(root: string, project: string): ProcessRecord | undefined {
  return listProcesses(root, (record) => record.id === serviceId(project))[0] ?? adopt(root, project);
}

/** Does work that no deploy of the project may come between. */
export function whileNobodyDeploys<T>(
  root: string,
  project: string,
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: Progress },
  work: () => Promise<T>,
): Promise<T> {
  return withLock(root, `deploy-${project}`, work, {
    signal,
    onWait: () => progress.say(`Waiting: ${project} is being deployed by another command`),
  });
}

/** What a supervisor is started with, the port aside. */
export function superviseArguments(root: string, project: string): string[] {
  return ['-m', 'fabrica.serving', 'supervise', '--state', serviceFolder(root, project)];
}

/** Notes a supervisor that runs without a note: the deploy that started it was killed before it could write one. */
function adopt(root: string, project: string): ProcessRecord | undefined {
  if (!readIfThere(serviceFolder(root, project, 'want.json'))) return undefined;
  const words = superviseArguments(root, project);
  const [pid] = findProcesses(words);
  if (pid === undefined) return undefined;
  const log = supervisorLog(root, project);
  return registerProcess(root, {
    id: serviceId(project),
    pid,
    kind: 'service',
    project,
    command: ['python', ...words],
    log,
  });
}

export const supervisorLog = (root: string, project: string): string =>
  serviceFolder(root, project, 'supervisor.log');

export function serviceId(project: string): string {
  return `service-${project}`;
}

const champion = z.object({ value: z.string().nullable(), version: z.number().int() });

/** What a running service says about itself at `/`. */
const description = z.object({
  curl: z.string().nullish(),
  serving: z.array(
    z.object({
      model: z.string(),
      value: z.string().nullable(),
      champion,
      /** A newer champion, which the release that serves can't answer with. */
      waiting: champion.optional(),
    }),
  ),
});

export type ServiceDescription = z.infer<typeof description>;

/** Reads what a service says about itself at `/`. */
export function parseDescription(text: string): ServiceDescription {
  return description.parse(JSON.parse(text));
}

/**
 * Asks a running service who it serves with, and for a request that works.
 *
 * @throws FabricaError `service-silent` when it doesn't answer, or not as a service does.
 */
export async function describeService(address: string, signal?: AbortSignal): Promise<ServiceDescription> {
  const limit = AbortSignal.timeout(10_000);
  try {
    const response = await fetch(address, {
      headers: { accept: 'application/json' },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    return description.parse(await response.json());
  } catch (error) {
    signal?.throwIfAborted();
    throw new FabricaError(
      'service-silent',
      `the service at ${address} does not answer: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { FabricaError } from '../support/errors';
import { readDocument, writeDocument } from '../support/files';
import { withLock } from '../support/lock';
import { freePort } from '../support/ports';
import {
  endedAtOnce,
  isRunning,
  listProcesses,
  startDaemon,
  stopProcess,
  type ProcessRecord,
} from '../support/processes';
import { Progress } from '../support/progress';
import { registryFolder } from './credentials';
import type { RegistryKind } from './configuration';

/** How one kind of embedded registry is started and asked whether it is up. */
export interface EmbeddedServer {
  readonly kind: RegistryKind;
  readonly title: string;
  /** Program, arguments and environment for a port; installs the program when it is missing. */
  command(port: number): Promise<{ command: string; args: string[]; env?: NodeJS.ProcessEnv }>;
  /** Resolves when the server at this address is up and knows our password. */
  check(address: string, signal?: AbortSignal): Promise<void>;
  /** A server that runs with other settings is started again. */
  readonly settings: string;
}

export interface StartOptions {
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
}

/** How long a server may take until it answers: Verdaccio needs 2 s on an idle machine. */
const PATIENCE = 60_000;
const ATTEMPTS = 3;
const remembered = z.object({ port: z.number().int(), settings: z.string().optional() });

/**
 * The address of an embedded registry, which is started when it isn't up. It gets the port that it had last time,
 * so that uv's cache keeps knowing it; when another program has that one, it gets another.
 */
export async function ensureEmbedded(
  root: string,
  server: EmbeddedServer,
  options: StartOptions = {},
): Promise<string> {
  const up = await findRunning(root, server, options.signal);
  if (up) return up;
  const progress = options.progress ?? new Progress();
  return withLock(
    root,
    `registry-${server.kind}`,
    async () =>
      (await findRunning(root, server, options.signal)) ??
      progress.quietly(`Starting ${server.title}`, () => start(root, server, options.signal)),
    options,
  );
}

/** The note of a running embedded registry. */
export function embeddedProcess(root: string, kind: RegistryKind): ProcessRecord | undefined {
  return listProcesses(root, (record) => record.id === `registry-${kind}`)[0];
}

async function findRunning(
  root: string,
  server: EmbeddedServer,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const record = embeddedProcess(root, server.kind);
  if (!record?.address || memory(root, server.kind)?.settings !== server.settings) return undefined;
  try {
    await server.check(record.address, signal);
    return record.address;
  } catch (error) {
    signal?.throwIfAborted();
    // Up but unwell: it is ended and started again, by the one who holds the lock.
    if (error instanceof FabricaError) return undefined;
    throw error;
  }
}

function memory(root: string, kind: RegistryKind) {
  return readDocument(join(registryFolder(root, kind), 'port.json'), remembered);
}

async function start(root: string, server: EmbeddedServer, signal?: AbortSignal): Promise<string> {
  const old = embeddedProcess(root, server.kind);
  if (old) await stopProcess(root, old);
  const folder = registryFolder(root, server.kind);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(attempt === 1 ? memory(root, server.kind)?.port : undefined);
    const address = `http://127.0.0.1:${port}/`;
    const { command, args, env } = await server.command(port);
    signal?.throwIfAborted();
    const record = await startDaemon(command, args, {
      root,
      id: `registry-${server.kind}`,
      kind: `registry-${server.kind}`,
      address,
      env,
      cwd: folder,
      log: join(folder, 'server.log'),
    });
    try {
      await answers(server, record, signal);
      writeDocument(join(folder, 'port.json'), { port, settings: server.settings });
      return address;
    } catch (error) {
      await stopProcess(root, record);
      // Somebody took the port between our look and the server's: try another.
      if (attempt >= ATTEMPTS || signal?.aborted) throw error;
    }
  }
}

async function answers(server: EmbeddedServer, record: ProcessRecord, signal?: AbortSignal): Promise<void> {
  const limit = Date.now() + PATIENCE;
  for (let pause = 20; ; pause = Math.min(pause * 1.5, 250)) {
    if (!isRunning(record)) throw endedAtOnce(server.title, record.log ?? '');
    try {
      return await server.check(record.address as string, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (Date.now() > limit) throw error;
    }
    await wait(pause);
  }
}

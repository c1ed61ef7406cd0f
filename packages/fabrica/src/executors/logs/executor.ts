import type { ExecutorContext } from '@nx/devkit';
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { FabricaError } from '../../support/errors';
import { asDocument, readable } from '../../support/log-line';
import type { Part } from '../../cluster/deploys/logs';
import { runCommand, type CommonOptions } from '../command';
import { serviceLog } from '../service';
import { clusterLogs } from './cluster';

export interface LogsOptions extends CommonOptions {
  /** How many of the last lines; 50 by default. */
  readonly lines?: number;
  /** Goes on with what is logged, until Ctrl-C. */
  readonly follow?: boolean;
  /** Of a cluster; this machine by default. */
  readonly environment?: string;
  /** In a cluster: of the service, or of the app. */
  readonly part?: Part;
}

const LINES = 50;

/** Shows the log of a project's service. */
export default function logs(options: LogsOptions, context: ExecutorContext): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const { root, name, signal } = command;
    if (options.environment && options.environment !== 'local')
      return clusterLogs(command, options, options.lines ?? LINES);
    const file = serviceLog(root, name);
    if (!existsSync(file))
      throw new FabricaError('no-log', `${name} has no service that ever ran here`, {
        hint: `npx nx run ${name}:deploy`,
      });
    const text = readFileSync(file, 'utf8');
    for (const line of lastOf(text.trimEnd().split('\n'), options.lines ?? LINES)) show(line, options);
    if (options.follow) await follow(file, Buffer.byteLength(text), signal, (line) => show(line, options));
  });
}

function lastOf(lines: readonly string[], count: number): readonly string[] {
  return lines.slice(Math.max(lines.length - count, 0));
}

function show(line: string, { json }: LogsOptions): void {
  if (line) process.stdout.write((json ? asDocument(line) : readable(line)) + '\n');
}

async function follow(
  file: string,
  from: number,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<void> {
  let position = from;
  let rest = '';
  while (!signal.aborted) {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    // A shorter file is a new one: the old was set aside.
    if (size < position) position = 0;
    if (size > position) {
      const lines = (rest + readFrom(file, position, size)).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(onLine);
      position = size;
    }
    await wait(200, undefined, { signal }).catch(() => undefined);
  }
}

function readFrom(file: string, from: number, to: number): string {
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(to - from);
    return buffer.subarray(0, readSync(handle, buffer, 0, buffer.length, from)).toString('utf8');
  } finally {
    closeSync(handle);
  }
}

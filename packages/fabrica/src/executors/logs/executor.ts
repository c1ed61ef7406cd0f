import type { ExecutorContext } from '@nx/devkit';
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { FabricaError } from '../../support/errors';
import { redact } from '../../support/secrets';
import { runCommand, type CommonOptions } from '../command';
import { serviceLog } from '../service';

export interface LogsOptions extends CommonOptions {
  /** How many of the last lines; 50 by default. */
  readonly lines?: number;
  /** Goes on with what is logged, until Ctrl-C. */
  readonly follow?: boolean;
}

const LINES = 50;

/** Shows the log of a project's service. */
export default function logs(options: LogsOptions, context: ExecutorContext): Promise<{ success: boolean }> {
  return runCommand(options, context, async ({ root, name, signal }) => {
    const file = serviceLog(root, name);
    if (!existsSync(file))
      throw new FabricaError('no-log', `${name} has no service that ever ran here`, {
        hint: `nx run ${name}:deploy`,
      });
    const text = readFileSync(file, 'utf8');
    const tail = text
      .trimEnd()
      .split('\n')
      .slice(-(options.lines ?? LINES));
    for (const line of tail) show(line, options);
    if (options.follow) await follow(file, Buffer.byteLength(text), signal, (line) => show(line, options));
  });
}

function show(line: string, { json }: LogsOptions): void {
  if (line) process.stdout.write((json ? redact(line) : readable(redact(line))) + '\n');
}

/** One line of the house format for a person: time, level, event, and the fields that are left. */
function readable(line: string): string {
  try {
    const {
      timestamp = '',
      level = '',
      event = '',
      message = event,
      logger: _logger,
      ...rest
    } = JSON.parse(line) as Record<string, unknown>;
    const fields = Object.entries(rest).map(
      ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    return [timestamp, String(level).padEnd(7), message, ...fields].join(' ').trimEnd();
  } catch {
    return line;
  }
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

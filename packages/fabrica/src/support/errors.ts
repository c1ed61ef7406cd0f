import { isAbsolute, relative } from 'node:path';
import { Mistake } from '../../bin/shared.cjs';
import { colour } from './colour';
import { redact } from './secrets';

/** Where a mistake is: a file, and the line in it when there is one (counted from 1). */
export interface Place {
  readonly file: string;
  readonly line?: number;
}

export interface FabricaErrorOptions {
  /** A command or an edit that the reader can paste. */
  readonly hint?: string;
  readonly place?: Place;
  readonly cause?: unknown;
}

/**
 * An error that a person reads: what is wrong, where, and what to type next. Secrets are hidden on the way in.
 * Anything else that is thrown is a defect of the toolkit and is shown with its stack.
 *
 * @example
 * throw new FabricaError('lock-stale', 'pandas is not in requirements.txt', {
 *   hint: 'npx nx run bikes:lock',
 *   place: { file: 'projects/bikes/pyproject.toml', line: 12 },
 * });
 */
export class FabricaError extends Error {
  override readonly name: string = 'FabricaError';
  readonly hint?: string;
  readonly place?: Place;

  constructor(
    /** Stable, for tests and tools: `lock-stale`, `registry-down`. */
    readonly code: string,
    message: string,
    options: FabricaErrorOptions = {},
  ) {
    super(redact(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint === undefined ? undefined : redact(options.hint);
    this.place = options.place;
  }
}

/** Several mistakes found in one reading; all are shown at once. */
export class FabricaErrors extends FabricaError {
  override readonly name = 'FabricaErrors';

  constructor(readonly errors: readonly FabricaError[]) {
    super('several', errors.map((error) => error.message).join('\n'));
  }
}

/** One error as it is, several as one; nothing when there is none. */
export function throwAll(errors: readonly FabricaError[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length) throw new FabricaErrors(errors);
}

/** The user pressed Ctrl-C, or the process was told to end. */
export class Cancelled extends FabricaError {
  override readonly name = 'Cancelled';

  /** @param more `still` is what is as before, `hint` the command that goes on */
  constructor(
    readonly signal: NodeJS.Signals = 'SIGINT',
    { still, hint }: { readonly still?: string; readonly hint?: string } = {},
  ) {
    const what = signal === 'SIGINT' ? 'cancelled' : `ended by ${signal}`;
    super('cancelled', still ? `${what}; ${still}` : what, { hint });
  }
}

export interface ReportOptions {
  /** Shows stacks and causes of expected errors too. */
  readonly verbose?: boolean;
  /** Paths are shown relative to this folder; the current one by default. */
  readonly from?: string;
  readonly write?: (text: string) => void;
}

/** Prints an error for a person on stderr. A user's own mistake comes without a stack; a defect comes with it. */
export function reportError(error: unknown, options: ReportOptions = {}): void {
  const write = options.write ?? ((text: string) => void process.stderr.write(text));
  write(formatError(error, options));
}

/** The text that {@link reportError} prints. */
export function formatError(
  error: unknown,
  { verbose = false, from = process.cwd() }: ReportOptions = {},
): string {
  if (error instanceof FabricaErrors) {
    return error.errors.map((one) => formatError(one, { verbose, from })).join('');
  }
  if (error instanceof Mistake)
    return formatError(new FabricaError(error.code, error.message, { hint: error.hint }));
  if (!(error instanceof FabricaError)) return `${colour('red', 'error')}: ${redact(stackOf(error))}\n`;
  const lines = [`${colour('red', 'error')}: ${located(error, from)}`];
  if (error.hint)
    lines.push(...error.hint.split('\n').map((line, index) => `${index ? '      ' : '  try '}${line}`));
  if (verbose) lines.push(redact(stackOf(error)), ...causes(error));
  return lines.join('\n') + '\n';
}

/** The message, after its place (`file:line: `) unless it begins with that; paths are relative to `from`. */
export function located({ place, message }: FabricaError, from: string): string {
  if (!place) return message;
  const file = isAbsolute(place.file) ? relative(from, place.file) : place.file;
  const text = place.line === undefined ? file : `${file}:${place.line}`;
  return message.startsWith(text) ? message : `${text}: ${message}`;
}

/**
 * An error as Nx can show it where Nx reports what was thrown: it shows the message, and the stack when asked for, so
 * the place and the way out have to be in the message.
 */
export function forNx(root: string, error: FabricaError): Error {
  const errors = error instanceof FabricaErrors ? error.errors : [error];
  const told = errors.map((one) => located(one, root) + (one.hint ? `\n  try ${one.hint}` : ''));
  const shown = new Error(told.join('\n'), { cause: error });
  shown.stack = shown.message;
  return shown;
}

function causes(error: Error): string[] {
  if (error.cause === undefined) return [];
  return [
    `caused by ${redact(stackOf(error.cause))}`,
    ...(error.cause instanceof Error ? causes(error.cause) : []),
  ];
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error that a person reads: what is wrong, and what to type next. Anything else that is thrown is a defect. */
export class CreateError extends Error {
  override readonly name = 'CreateError';

  constructor(
    message: string,
    /** Commands or edits that the reader can paste, one a line. */
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** Ctrl-C, or a request to end: no mistake, so that nobody who expects one takes it for theirs. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';

  constructor(readonly signal: NodeJS.Signals) {
    super(signal === 'SIGINT' ? 'cancelled; nothing is left' : `ended by ${signal}; nothing is left`);
  }
}

/** The text that a person sees. */
export function formatError(error: unknown, red = (text: string) => text): string {
  if (error instanceof Cancelled) return `${error.message}\n`;
  if (!(error instanceof CreateError))
    return `${red('error')}: ${error instanceof Error ? error.stack : String(error)}\n`;
  const hint = error.hint?.split('\n').map((line, index) => `${index ? '      ' : '  try '}${line}\n`) ?? [];
  return `${red('error')}: ${error.message}\n${hint.join('')}`;
}

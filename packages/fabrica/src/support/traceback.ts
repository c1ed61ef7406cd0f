import { z } from 'zod';

/** An exception in a line of the house format (fabrica.logging writes it as `error`). */
const loggedError = z.looseObject({
  type: z.string(),
  message: z.string().default(''),
  frames: z
    .array(
      z.looseObject({
        file: z.string(),
        line: z.number(),
        function: z.string(),
        code: z.string().optional(),
      }),
    )
    .default([]),
  hint: z.string().optional(),
  cause: z.unknown().optional(),
});

/**
 * The lines of an exception, as Python prints it: what caused it first, the frames, the exception last. Undefined for
 * anything that isn't one.
 */
export function traceback(error: unknown): string[] | undefined {
  const read = loggedError.safeParse(error);
  if (!read.success) return undefined;
  const { type, message, frames, hint, cause } = read.data;
  const before = traceback(cause);
  return [
    ...(before ? [...before, 'while handling this, or because of it:'] : []),
    ...(frames.length ? ['Traceback (most recent call last):'] : []),
    ...frames.flatMap((frame) => [
      `  File "${frame.file}", line ${frame.line}, in ${frame.function}`,
      ...(frame.code ? [`    ${frame.code}`] : []),
    ]),
    message ? `${type}: ${message}` : type,
    ...(hint ? [`hint: ${hint}`] : []),
  ];
}

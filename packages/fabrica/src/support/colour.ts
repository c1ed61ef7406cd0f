import { styleText } from 'node:util';

type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';

/**
 * Whether text on this stream is coloured: on a terminal, unless NO_COLOR is set; FORCE_COLOR decides where
 * there is no terminal (Nx sets it for the tasks that it runs).
 */
export function coloured(
  stream: { isTTY?: boolean } = process.stderr,
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Colours a text for stderr, or leaves it as it is. */
export function colour(name: Colour, text: string): string {
  if (!coloured()) return text;
  return styleText(name, text, { validateStream: false } as Parameters<typeof styleText>[2]);
}

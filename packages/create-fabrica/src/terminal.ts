import { styleText } from 'node:util';

/** Work that takes longer says so. */
const QUIET = 2_000;

type Colour = 'red' | 'green' | 'yellow' | 'bold' | 'dim';

/** Colours a text for stderr: on a terminal, unless NO_COLOR is set. */
export function colour(name: Colour, text: string): string {
  const wanted = process.stderr.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return wanted ? styleText(name, text) : text;
}

/** A line on stderr; what is drawn there goes first. */
export function say(text: string): void {
  process.stderr.write(`${process.stderr.isTTY ? '\r\u001b[2K' : ''}${text}\n`);
}

/**
 * Does work and prints a line at its end, with what it answered. Meanwhile a terminal shows that it goes on; elsewhere
 * it is named once when it takes more than two seconds.
 */
export async function phase(title: string, work: () => Promise<string | void>): Promise<void> {
  const began = Date.now();
  const seconds = (digits: number) => ((Date.now() - began) / 1000).toFixed(digits);
  const draw = () => process.stderr.write(`\r\u001b[2K… ${title} · ${seconds(0)} s`);
  const timer = process.stderr.isTTY ? setInterval(draw, 1_000) : setTimeout(() => say(`… ${title}`), QUIET);
  try {
    const answer = await work();
    const took = Date.now() - began < 1_000 ? '' : colour('dim', ` (${seconds(1)} s)`);
    say(`${colour('green', '✓')} ${colour('bold', title)}${answer ? `  ${answer}` : ''}${took}`);
  } catch (error) {
    say(`${colour('red', '✗')} ${colour('bold', title)}`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

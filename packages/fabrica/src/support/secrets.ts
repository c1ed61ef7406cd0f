import { hideSecrets } from '../../bin/shared.cjs';

/** What a secret is shown as. */
const HIDDEN = '***';

const known = new Set<string>();

/** Shorter values would hide ordinary words; nothing that we make is that short. */
const SHORTEST = 6;

/**
 * Tells the toolkit a secret: from now on {@link redact} hides it in everything that is printed, logged or thrown.
 *
 * @example
 * rememberSecret(process.env.FABRICA_PYPI_PASSWORD);
 */
export function rememberSecret(value: string | undefined): void {
  if (value === undefined || value.length < SHORTEST) return;
  known.add(value);
  known.add(encodeURIComponent(value));
}

/**
 * Hides secrets in a text: those told to {@link rememberSecret}, the passwords in URLs and the values of
 * authorization headers. The one place where that happens; errors, progress and captured output all pass here.
 *
 * @example
 * redact('GET http://anna:hunter22@localhost/'); // 'GET http://anna:***@localhost/'
 */
export function redact(text: string): string {
  let shown = text;
  // Longest first: a secret may contain another.
  for (const secret of [...known].sort((a, b) => b.length - a.length))
    shown = shown.replaceAll(secret, HIDDEN);
  return hideSecrets(shown);
}

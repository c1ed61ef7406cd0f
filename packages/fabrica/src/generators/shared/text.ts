import { z } from 'zod';

/** An option that is a text on one line; nothing when it is blank. */
export const oneLine = z
  .string()
  .optional()
  .transform((text) => text?.replaceAll(/\s+/g, ' ').trim() || undefined);

/** `trip-duration` → `Trip duration` */
export function titleOf(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A text as the content of a docstring, on lines that a linter accepts. */
export function docstring(text: string): string {
  const safe = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return safe.length <= 92 ? safe : `${safe.replaceAll(/(.{1,92})(\s+|$)/g, '$1\n').trimEnd()}\n`;
}

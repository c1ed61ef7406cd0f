import { parse } from 'smol-toml';
import { FabricaError, messageOf } from '../../../support/errors';

export type Table = Readonly<Record<string, unknown>>;

/**
 * Reads TOML.
 *
 * @throws FabricaError `bad-toml` with the line
 */
export function readToml(file: string, text: string): Table {
  try {
    return parse(text) as Table;
  } catch (error) {
    const { line } = error as { line?: number };
    const [said = ''] = messageOf(error).split('\n');
    throw new FabricaError('bad-toml', said, {
      place: { file, line },
      hint: `correct ${file} there`,
      cause: error,
    });
  }
}

/** A value as a table; empty when it is something else. */
export function table(value: unknown): Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : {};
}

/** A table by the keys that lead to it. */
export function tableAt(document: Table, ...keys: readonly string[]): Table {
  return keys.reduce((found, key) => table(found[key]), document);
}

export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() ? value.trim() : undefined;
}

/**
 * The line of a key, or of a quoted text, in a TOML source: the parser doesn't say. The first one after the header of
 * its table, when there is one.
 */
export function lineOf(source: string, what: string, header?: string): number | undefined {
  const lines = source.split('\n');
  const start = header ? lines.findIndex((line) => line.trim().startsWith(`[${header}]`)) : -1;
  const escaped = what.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`^\\s*["']?${escaped}["']?\\s*=|["']${escaped}["']`);
  const index = lines.findIndex((line, at) => at > start && pattern.test(line));
  return index < 0 ? undefined : index + 1;
}

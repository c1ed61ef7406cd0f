import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writeAtomically } from '../support/files';

/**
 * Remembers what was read from a folder until one of its inputs changes. The key holds the content of the files and
 * the names in the folders that were looked at, and the plugin's version; so it never answers for another plugin.
 */
export class AnalysisCache<T> {
  private readonly before: Readonly<Record<string, { key: string; value: T }>>;
  private readonly after: Record<string, { key: string; value: T }> = {};

  constructor(
    private readonly file: string,
    private readonly version: string,
  ) {
    this.before = read(file);
  }

  /** The value for a folder, made by `make` unless it is known for this key. Errors are never remembered. */
  get(folder: string, key: string, make: () => T): T {
    const versioned = `${this.version}:${key}`;
    const known = this.before[folder];
    const value = known?.key === versioned ? known.value : make();
    this.after[folder] = { key: versioned, value };
    return value;
  }

  /** Writes down what this reading saw, unless it is what was there. */
  save(): void {
    const text = JSON.stringify(this.after);
    if (text !== JSON.stringify(this.before)) writeAtomically(this.file, text);
  }
}

/** A cache that is damaged is an empty one: it holds nothing that can't be read again. */
function read<T>(file: string): Record<string, { key: string; value: T }> {
  try {
    return JSON.parse(readIfThere(file) ?? '{}') as Record<string, { key: string; value: T }>;
  } catch {
    return {};
  }
}

/** A key for the content of files and the listings of folders. */
export function keyOf(at: string, files: readonly string[], folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0${readIfThere(join(at, file)) ?? '\0'}\0`);
  for (const folder of folders) hash.update(`${folder}\0${list(join(at, folder)).join('\0')}\0`);
  return hash.digest('hex');
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

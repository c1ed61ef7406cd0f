import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ZodType } from 'zod';
import { writeAtomically } from '../../bin/shared.cjs';
import { FabricaError } from './errors';

export { writeAtomically };

/** The folder where the toolkit keeps its state in a workspace, or a path in it. Never under version control. */
export function stateFolder(root: string, ...parts: string[]): string {
  return join(root, '.fabrica', ...parts);
}

/** The text of a file; undefined when there is none. Any other trouble is an error, never "no file". */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new FabricaError('unreadable', `${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * A JSON document, checked against its shape; undefined when there is no such file.
 *
 * @throws FabricaError `bad-document` when it is not JSON or has another shape.
 */
export function readDocument<T>(file: string, shape: ZodType<T>, hint = `rm ${file}`): T | undefined {
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(text));
  } catch (error) {
    throw new FabricaError('bad-document', `${file} is not what it should be: ${(error as Error).message}`, {
      hint,
      cause: error,
    });
  }
}

export function writeDocument(file: string, document: unknown, mode?: number): void {
  writeAtomically(file, JSON.stringify(document, null, 2) + '\n', mode);
}

/** Writes a file unless there is one. Of several who do so at once, one wins, and nobody reads a part of it. */
export function writeOnce(file: string, text: string, mode: number): void {
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    writeFileSync(draft, text, { mode });
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Does work in a fresh folder under .fabrica/tmp, which is gone afterwards, also when the work fails. */
export async function inTemporaryFolder<T>(root: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = stateFolder(root, 'tmp', randomUUID());
  mkdirSync(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

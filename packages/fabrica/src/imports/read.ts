import { readFileSync } from 'node:fs';
import { FabricaError } from '../support/errors';
import { notebookImports } from './notebooks';
import { importsOf } from './python';
import type { FileImports } from './types';

/**
 * What a file imports: a notebook when its name ends in `.ipynb`, else Python.
 *
 * @throws FabricaError `unreadable` when the file can't be read; what is wrong in it is a problem of the result.
 */
export function readImports(file: string): FileImports {
  const content = contentOf(file);
  return file.endsWith('.ipynb') ? notebookImports(content) : importsOf(content);
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new FabricaError('unreadable', `${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

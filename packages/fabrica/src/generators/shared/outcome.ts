import type { GeneratorCallback } from '@nx/devkit';
import { FabricaError, formatError } from '../../support/errors';

/**
 * Runs a generator's work. Nx prints what is thrown: for a person's own mistake that is the message and the way out,
 * never a stack.
 */
export async function asGenerator(
  root: string,
  work: () => Promise<GeneratorCallback | void> | GeneratorCallback | void,
): Promise<GeneratorCallback | void> {
  try {
    return await work();
  } catch (error) {
    throw forNx(error, root);
  }
}

/** What comes after the files are written: an error there leaves them, and says how to go on. */
export function asCallback(root: string, work: () => Promise<void>): GeneratorCallback {
  return async () => {
    try {
      await work();
    } catch (error) {
      throw forNx(error, root);
    }
  };
}

/** An error as Nx should print it: a person's own mistake by its message and the way out, without a stack. */
export function forNx(error: unknown, root: string): unknown {
  if (!(error instanceof FabricaError)) return error;
  const text = formatError(error, { from: root })
    .trimEnd()
    .replace(/^\S*error\S*: /, '');
  const shown = new Error(text, { cause: error });
  // Without one, Nx doesn't offer to show a stack that would tell a person nothing.
  shown.stack = '';
  return shown;
}

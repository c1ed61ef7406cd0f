import { relative } from 'node:path';
import { findRoot } from '../../bin/shared.cjs';
import { Cancelled, FabricaError, reportError } from '../support/errors';
import { exitCodeOf } from '../support/interrupts';
import { interruptibleIn } from '../support/processes';
import { Progress } from '../support/progress';

/** What a command that bin/env.cjs hands over works with. */
export interface CommandLine {
  readonly root: string;
  /** The project's, relative to the workspace. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * Does the work of a command; Ctrl-C and errors are told as everywhere.
 *
 * @param folder the project's
 * @returns the exit code: that of the work, 1 after an error, or 130 and the like when it was interrupted
 */
export async function commandLine(
  folder: string,
  work: (command: CommandLine) => Promise<number>,
): Promise<number> {
  const root = findRoot(folder);
  try {
    if (!root)
      throw new FabricaError('no-workspace', `${folder} is in no Nx workspace`, {
        hint: 'run the command in a folder below an nx.json',
      });
    const own = relative(root, folder).replaceAll('\\', '/');
    return await interruptibleIn(root, (signal) =>
      work({ root, folder: own, signal, progress: new Progress() }),
    );
  } catch (error) {
    reportError(error, { from: root, verbose: process.env.NX_VERBOSE_LOGGING === 'true' });
    return error instanceof Cancelled ? exitCodeOf(error.signal) : 1;
  }
}

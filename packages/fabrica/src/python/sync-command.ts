import { relative } from 'node:path';
import { findRoot } from '../../bin/shared.cjs';
import { Cancelled, FabricaError, reportError } from '../support/errors';
import { exitCodeOf } from '../support/interrupts';
import { interruptibleIn } from '../support/processes';
import { syncEnvironment } from './environment';

/**
 * What bin/env.cjs does when an environment is out of step: the same as `install`.
 *
 * @returns the exit code: 0, 1 when it failed (the reason is on stderr), 130 and the like when it was interrupted.
 */
export async function syncCommand(folder: string): Promise<number> {
  const root = findRoot(folder);
  try {
    if (!root)
      throw new FabricaError('no-workspace', `${folder} is in no Nx workspace`, {
        hint: 'run the command in a folder below an nx.json',
      });
    await interruptibleIn(root, (signal) =>
      syncEnvironment(root, relative(root, folder).replaceAll('\\', '/'), { signal }),
    );
    return 0;
  } catch (error) {
    reportError(error, { from: root, verbose: process.env.NX_VERBOSE_LOGGING === 'true' });
    return error instanceof Cancelled ? exitCodeOf(error.signal) : 1;
  }
}

import { relative } from 'node:path';
import { findRoot } from '../../../bin/shared.cjs';
import { Cancelled, FabricaError, reportError } from '../../support/errors';
import { exitCodeOf } from '../../support/interrupts';
import { interruptibleIn } from '../../support/processes';
import { Progress } from '../../support/progress';
import { backfill } from './backfill';
import type { RunsOptions } from './prepare';
import { resumeInCluster, runInCluster } from './run';
import { readWords } from './words';

const COMMANDS: Readonly<Record<string, (options: RunsOptions) => Promise<number>>> = {
  run: runInCluster,
  resume: resumeInCluster,
  backfill,
};

/**
 * What bin/env.cjs does for a run that is not on this machine alone.
 *
 * @param folder the project's
 * @param verb `run`, `resume` or `backfill`
 * @param words what follows it
 * @returns the exit code: that of the run, or 130 and the like when it was interrupted
 */
export async function runsCommandLine(
  folder: string,
  verb: string,
  words: readonly string[],
): Promise<number> {
  const root = findRoot(folder);
  try {
    if (!root)
      throw new FabricaError('no-workspace', `${folder} is in no Nx workspace`, {
        hint: 'run the command in a folder below an nx.json',
      });
    const read = readWords(words);
    const own = relative(root, folder).replaceAll('\\', '/');
    return await interruptibleIn(root, (signal) =>
      (COMMANDS[verb] as (typeof COMMANDS)[string])({
        root,
        folder: own,
        words: read,
        signal,
        progress: new Progress(),
      }),
    );
  } catch (error) {
    reportError(error, { from: root, verbose: process.env.NX_VERBOSE_LOGGING === 'true' });
    return error instanceof Cancelled ? exitCodeOf(error.signal) : 1;
  }
}

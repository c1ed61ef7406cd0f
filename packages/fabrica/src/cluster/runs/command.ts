import { commandLine } from '../command-line';
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
export function runsCommandLine(folder: string, verb: string, words: readonly string[]): Promise<number> {
  return commandLine(folder, (command) =>
    (COMMANDS[verb] as (typeof COMMANDS)[string])({ ...command, words: readWords(words) }),
  );
}

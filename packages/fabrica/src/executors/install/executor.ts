import type { ExecutorContext } from '@nx/devkit';
import { syncEnvironment } from '../../python/environment';
import { runCommand, type CommonOptions } from '../command';

/** Brings the environment of a project or package in step with its lock. */
export default function install(
  options: CommonOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async ({ root, folder, signal, progress, answer }) => {
    let outcome = 'unchanged';
    await progress.phase('Environment', async () => {
      outcome = await syncEnvironment(root, folder, { signal, progress });
      return outcome;
    });
    answer({ schema: 1, folder, outcome }, '');
  });
}

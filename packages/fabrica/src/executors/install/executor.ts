import type { ExecutorContext } from '@nx/devkit';
import { syncExperiments } from '../../experiments/environment';
import { usedProjects } from '../../experiments/layers';
import { syncEnvironment } from '../../python/environment';
import { kindOf } from '../../python/packages';
import { runCommand, type CommonOptions } from '../command';

/** Brings the environment of a project or package in step with its lock, and that of its experiments. */
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
    if (kindOf(folder) === 'project' && usedProjects(root, folder).length)
      await progress.phase('Environment of experiments', async () => {
        const experiments = await syncExperiments(root, folder, { signal, progress });
        if (experiments.outcome === 'installed') outcome = 'installed';
        return experiments.outcome;
      });
    answer({ schema: 1, folder, outcome }, '');
  });
}

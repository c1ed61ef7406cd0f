import type { ExecutorContext } from '@nx/devkit';
import { withLease } from '../../cluster/deploys/lease';
import { undeployProject } from '../../cluster/deploys/undeploy';
import { nextCommands } from '../../support/next';
import { readEnvironment } from '../../workspace';
import { runCommand, type CommonOptions } from '../command';

export interface UndeployOptions extends CommonOptions {
  readonly environment?: string;
}

/** Takes a project out of a cluster; its runs and models stay in the store. */
export default function undeploy(
  options: UndeployOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const { root, name, progress, answer } = command;
    const environment = readEnvironment(root, options.environment);
    const removed = await progress.quietly(`Taking ${name} out of ${environment.name}`, () =>
      withLease({ ...command, project: { name }, environment }, undeployProject),
    );
    answer(
      { schema: 1, project: name, environment: environment.name, removed },
      report(name, environment.name, removed),
    );
  });
}

function report(project: string, environment: string, removed: readonly string[]): string {
  if (!removed.length) return `Nothing of ${project} is in ${environment}.`;
  return [
    ...removed.map((object) => `Removed ${object}`),
    '',
    `${project} is no longer in ${environment}; its runs and models are still in the store.`,
    '',
    ...nextCommands([[`npx nx run ${project}:deploy --environment=${environment}`, 'put it back']]),
  ].join('\n');
}

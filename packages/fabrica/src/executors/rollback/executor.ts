import type { ExecutorContext } from '@nx/devkit';
import { withLease } from '../../cluster/deploys/lease';
import { rollbackRelease, type RolledBack } from '../../cluster/deploys/rollback';
import { timeoutOf } from '../../cluster/deploys/timeout';
import { nextCommands } from '../../support/next';
import { readEnvironment } from '../../workspace';
import { runCommand, type CommonOptions } from '../command';

export interface RollbackExecutorOptions extends CommonOptions {
  readonly environment?: string;
  /** A release, by its number; the one before by default. */
  readonly to?: number;
  readonly timeout?: string;
}

/** Goes back to an earlier release of the code in a cluster; models are left as they are. */
export default function rollback(
  options: RollbackExecutorOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const { root, name, answer } = command;
    const environment = readEnvironment(root, options.environment);
    const timeout = timeoutOf(options.timeout);
    const again = `npx nx run ${name}:rollback --environment=${environment.name}`;
    const done = await withLease({ ...command, project: { name }, environment }, (target) =>
      rollbackRelease(target, { to: options.to, timeout, again }),
    );
    const { from, to, rolled } = done;
    answer(
      {
        schema: 1,
        project: name,
        environment: environment.name,
        from: from.number,
        to: to.number,
        image: to.image,
        commit: to.commit,
        rolled,
      },
      report(name, environment.name, done),
    );
  });
}

function report(project: string, environment: string, { from, to, rolled }: RolledBack): string {
  const of = to.commit ? ` (commit ${to.commit.slice(0, 12)})` : '';
  const waits = rolled.outcome === 'waits for a model' ? ', and waits for a model' : '';
  const command = (name: string): string => `npx nx run ${project}:${name} --environment=${environment}`;
  return [
    `Release ${to.number} of ${project} is in ${environment} again${of}, in the place of ${from.number}${waits}.`,
    `Models are as they were; one of them goes back with: FABRICA_ENVIRONMENT=${environment} npx nx run ${project}:tracking rollback MODEL --reason "…"`,
    '',
    ...nextCommands([
      [command('status'), 'what runs, and which model versions serve'],
      [`${command('rollback')} --to=${from.number}`, `back to release ${from.number}`],
    ]),
  ].join('\n');
}

import { runExecutor, type ExecutorContext } from '@nx/devkit';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pythonPackage } from '../../python/packages';
import { publishNpm } from '../../registries/publish-npm';
import { publishPython } from '../../registries/publish-python';
import { ensureNpm, ensurePypi } from '../../registries/registries';
import { publishReleased, type PublishedRelease } from '../../release/publish';
import { FabricaError } from '../../support/errors';
import { runCommand, type Command, type CommonOptions } from '../command';

export interface PublishExecutorOptions extends CommonOptions {
  /** Takes the working tree's bytes for a version that has never left this workspace, and writes its record anew. */
  readonly record?: boolean;
  /** Publishes what was released, as it was released: for `nx release publish`. */
  readonly released?: boolean;
  /** Nx gives it to `nx release publish --dry-run`. */
  readonly dryRun?: boolean;
  /** Nx gives it to `nx release publish --tag`. */
  readonly tag?: string;
}

/** Publishes a shared package to the private registry. A version never changes: the same bytes, or a new number. */
export default function publish(
  options: PublishExecutorOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const { root, folder, at, signal, progress, answer } = command;
    if (options.released) return publishRelease(command, options, () => build(context));
    const isPython = existsSync(join(at, 'pyproject.toml'));
    let published: object = {};
    let recorded: string | undefined;
    await progress.phase('Publish', async () => {
      if (!isPython) {
        const done = await publishNpm(root, folder, await ensureNpm(root, { signal, progress }), {
          signal,
          progress,
        });
        published = {
          name: done.name,
          version: done.version,
          integrity: done.integrity,
          outcome: done.outcome,
        };
        return `${done.name} ${done.version}: ${done.outcome}`;
      }
      const registry = await ensurePypi(root, { signal, progress });
      const done = await publishPython(root, pythonPackage(root, folder), registry, {
        signal,
        progress,
        record: options.record,
      });
      published = done;
      recorded = done.recorded;
      return `${done.name} ${done.version}: ${done.outcome}`;
    });
    answer(
      { schema: 1, ...published },
      recorded ? `Commit the record of this release: git add ${recorded}` : '',
    );
  });
}

async function publishRelease(
  { root, folder, signal, progress, answer }: Command,
  { dryRun, tag }: PublishExecutorOptions,
  build: () => Promise<void>,
): Promise<void> {
  let published: PublishedRelease | undefined;
  await progress.phase('Publish', async () => {
    published = await publishReleased(root, folder, { dryRun, tag, build, signal, progress });
    const { name, version, outcome, commit } = published;
    return `${name} ${version}: ${outcome}${commit ? ` (from commit ${commit.slice(0, 12)})` : ''}`;
  });
  answer({ schema: 1, ...published }, '');
}

/** By the target `build`, which a package may have of its own. Plain JavaScript needs none. */
async function build(context: ExecutorContext): Promise<void> {
  const project = context.projectName as string;
  if (!context.projectsConfigurations.projects[project]?.targets?.build) return;
  for await (const { success } of await runExecutor({ project, target: 'build' }, {}, context))
    if (!success)
      throw new FabricaError('build-failed', `${project} does not build`, {
        hint: `npx nx run ${project}:build`,
      });
}

import type { ExecutorContext } from '@nx/devkit';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pythonPackage } from '../../python/packages';
import { publishNpm } from '../../registries/publish-npm';
import { publishPython } from '../../registries/publish-python';
import { ensureNpm, ensurePypi } from '../../registries/registries';
import { runCommand, type CommonOptions } from '../command';

export interface PublishExecutorOptions extends CommonOptions {
  /** Takes the working tree's bytes for a version that has never left this workspace, and writes its record anew. */
  readonly record?: boolean;
}

/** Publishes a shared package to the private registry. A version never changes: the same bytes, or a new number. */
export default function publish(
  options: PublishExecutorOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async ({ root, folder, at, signal, progress, answer }) => {
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

import type { ExecutorContext } from '@nx/devkit';
import { warningOf } from '../../experiments/report';
import { lock, type LockChange } from '../../python/lock';
import type { PypiRegistry } from '../../registries/configuration';
import { ensurePypi } from '../../registries/registries';
import { seedReleases } from '../../registries/seed';
import { usesPrivateIndex } from '../../registries/shared';
import { yankedPins } from '../../registries/yanked';
import { runCommand, type Command, type CommonOptions } from '../command';

export interface LockExecutorOptions extends CommonOptions {
  /** All pins (`--upgrade`), or those of some distributions (`--upgrade=pandas`). */
  readonly upgrade?: boolean | string | readonly string[];
}

/** Writes the lock of a project or package from its pyproject.toml. */
export default function lockExecutor(
  options: LockExecutorOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const { root, folder, signal, progress, answer } = command;
    let changes: readonly LockChange[] = [];
    await progress.phase('Lock', async (work) => {
      const registry = await registryFor(command);
      work.detail('resolving');
      const upgrade = upgradeOf(options.upgrade);
      const locked = await lock(root, folder, { signal, progress, registry, upgrade });
      changes = locked.changes;
      for (const { name, version, reason } of yankedPins(root, folder))
        work.say(`  ${name} ${version} is yanked: ${reason}`);
      return locked.summary;
    });
    const warning = warningOf(root, folder);
    if (warning) progress.say(warning);
    answer({ schema: 1, folder, changes }, changes.map(describe).join('\n'));
  });
}

/** The index is brought up, and filled with every release, only for what takes anything from it. */
async function registryFor({
  root,
  folder,
  name: project,
  signal,
  progress,
}: Command): Promise<PypiRegistry | undefined> {
  if (!usesPrivateIndex(root, folder)) return undefined;
  const registry = await ensurePypi(root, { signal, progress });
  const { left } = await seedReleases(root, registry, { signal, progress, project });
  for (const error of left) progress.say(`  left out: ${error.message}`);
  return registry;
}

function upgradeOf(upgrade: LockExecutorOptions['upgrade']): boolean | string[] {
  if (upgrade === undefined || upgrade === false || upgrade === 'false') return false;
  if (upgrade === true || upgrade === 'true' || upgrade === '') return true;
  return [upgrade].flat().flatMap((names) => names.split(','));
}

function describe({ name, from, to }: LockChange): string {
  if (!from) return `  + ${name} ${to}`;
  return to ? `  ${name} ${from} → ${to}` : `  - ${name} ${from}`;
}

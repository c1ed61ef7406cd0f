import { lock, type LockOptions } from '../../python/lock';
import { DEV_LOCK, readLock } from '../../python/requirements';
import { ensurePypi } from '../../registries/registries';
import { seedReleases } from '../../registries/seed';
import { usesPrivateIndex } from '../../registries/shared';
import { interruptibleIn } from '../../support/processes';
import { Progress } from '../../support/progress';
import { basename, join } from 'node:path';

/** Locks a new project or package: the same as `npx nx run NAME:lock`, before Nx knows it. */
export async function lockNow(root: string, folder: string, upgrade?: LockOptions['upgrade']): Promise<void> {
  const progress = new Progress();
  await interruptibleIn(root, async (signal) => {
    await progress.phase('Lock', async (work) => {
      const registry = usesPrivateIndex(root, folder)
        ? await ensurePypi(root, { signal, progress })
        : undefined;
      if (registry) await seedReleases(root, registry, { signal, progress, project: basename(folder) });
      work.detail('resolving');
      const { changes, summary } = await lock(root, folder, { signal, progress, registry, upgrade });
      const pins = readLock(join(root, folder), DEV_LOCK) ?? [];
      return changes.length ? `${pins.length} distributions` : summary;
    });
  });
}

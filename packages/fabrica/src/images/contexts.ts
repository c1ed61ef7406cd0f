import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DEV_LOCK, LOCK, readLock } from '../python/requirements';
import type { ToolOptions } from '../python/uv';
import { exportWorkingTree, isRepository } from '../registries/git';
import { ensurePypi } from '../registries/registries';
import { seed } from '../registries/seed';
import { sharedPins } from '../registries/shared';
import { bringWheels } from '../registries/wheels';
import { FabricaError } from '../support/errors';
import { inTemporaryFolder } from '../support/files';

/** What a build reads. */
export interface Contexts {
  /** The project's folder, as git would commit it: what git ignores (a secret, a log) is in no image. */
  readonly project: string;
  /** The wheels of the company's own packages that the locks pin. */
  readonly wheels: string;
}

export interface ContextOptions extends ToolOptions {
  /** Other projects whose wheels are wanted beside. */
  readonly beside?: readonly string[];
}

/**
 * Lays out what a build reads, for as long as it takes. The wheels are fetched here, so that neither the private
 * index nor its password is anywhere in a build.
 *
 * @param folder relative to the workspace
 */
export async function withContexts<T>(
  root: string,
  folder: string,
  { beside = [], ...options }: ContextOptions,
  work: (contexts: Contexts) => Promise<T>,
): Promise<T> {
  return inTemporaryFolder(root, async (draft) => {
    const wheels = join(draft, 'wheels');
    mkdirSync(wheels);
    const pins = [folder, ...beside].flatMap((one) => sharedPins(root, one));
    if (pins.length) {
      const registry = await ensurePypi(root, options);
      await seed(root, registry, pins, { ...options, project: basename(folder) });
      await bringWheels(registry, pins, wheels, options.signal);
    }
    const project = (await isRepository(root))
      ? (await exportWorkingTree(root, folder, draft)).path
      : join(root, folder);
    return work({ project, wheels });
  });
}

/**
 * Refuses a lock with a pin that has no hash: whoever answers for its name would get into the image.
 *
 * @throws FabricaError `lock-no-hash`
 */
export function checkHashes(root: string, folder: string): void {
  for (const lock of [LOCK, DEV_LOCK] as const) {
    const pin = readLock(join(root, folder), lock)?.find(({ hashes }) => !hashes.length);
    if (!pin) continue;
    throw new FabricaError('lock-no-hash', `${pin.name} ${pin.version} has no hash in the lock`, {
      place: { file: `${folder}/${lock}`, line: pin.line },
      hint: `npx nx run ${basename(folder)}:lock`,
    });
  }
}

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pin } from '../python/requirements';
import type { PypiRegistry } from './configuration';
import { downloadFromIndex, filesOnIndex } from './index-client';
import { FabricaError } from '../support/errors';

/**
 * Puts the wheels of shared packages into a folder, each with the bytes that the lock wants.
 *
 * @throws FabricaError `other-bytes`, `registry-down`, `registry-refused`
 */
export async function bringWheels(
  registry: PypiRegistry,
  pins: readonly Pin[],
  into: string,
  signal?: AbortSignal,
): Promise<void> {
  mkdirSync(into, { recursive: true });
  for (const pin of pins) {
    const files = await filesOnIndex(registry, pin.name, signal);
    const wheels = files.filter(({ name }) => name.endsWith('.whl') && name.includes(`-${pin.version}-`));
    let isFound = false;
    for (const wheel of wheels) {
      const content = await downloadFromIndex(registry, wheel, signal);
      if (!pin.hashes.includes(createHash('sha256').update(content).digest('hex'))) continue;
      writeFileSync(join(into, wheel.name), content);
      isFound = true;
    }
    if (!isFound)
      throw new FabricaError(
        'other-bytes',
        `no wheel of ${pin.name} ${pin.version} on the index has a hash of the lock`,
        {
          hint: 'lock the project again, then the same command',
        },
      );
  }
}

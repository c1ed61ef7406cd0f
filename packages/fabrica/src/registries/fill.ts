import { wheelAt } from '../python/build';
import { FabricaError } from '../support/errors';
import type { PypiRegistry } from './configuration';
import type { StartOptions } from './embedded';
import { shippedWheels } from './shared';
import { upload } from './upload';

export interface FillOptions extends StartOptions {
  /** Called with each file before it is looked at. */
  readonly onFile?: (file: string) => void;
}

/**
 * Publishes the Python packages that the plugin carries to a company's index, from which its projects install them.
 * What is there already is left alone, so a fill that ended half way is completed by another one.
 *
 * @throws FabricaError `public-registry`, `registry-down`, `registry-refused`, `upload-failed`; `other-bytes` when the
 *   index has something else under such a name and version
 */
export async function fillIndex(
  root: string,
  registry: PypiRegistry,
  { onFile, ...options }: FillOptions,
): Promise<{ published: number; present: number }> {
  const counts = { published: 0, present: 0 };
  for (const { name, version, path } of shippedWheels()) {
    onFile?.(`${name} ${version}`);
    const outcome = await upload(
      root,
      registry,
      wheelAt(path),
      () => differs(registry, name, version),
      options,
    );
    counts[outcome === 'published' ? 'published' : 'present']++;
  }
  return counts;
}

function differs(registry: PypiRegistry, name: string, version: string): FabricaError {
  return new FabricaError(
    'other-bytes',
    `${registry.url} holds ${name} ${version} with other bytes than the plugin carries`,
    { hint: `ask who published ${name} there` },
  );
}

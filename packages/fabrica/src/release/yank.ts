import type { StartOptions } from '../registries/embedded';
import { runNpm } from '../registries/npm';
import { refusePublic } from '../registries/public';
import { recordFile, recordsOf, writeRecord } from '../registries/records';
import { ensureNpm } from '../registries/registries';
import { FabricaError } from '../support/errors';
import { inTemporaryFolder } from '../support/files';
import { readPackage, type Package } from '../workspace';

/**
 * Says of a version that nobody should begin to use it, or takes that back (no reason). Nothing is removed: who has
 * locked it goes on installing it. The record says so, and npm's registry, which has a word for it.
 *
 * @returns the record that changed; to be committed
 * @throws FabricaError `not-released`, with the versions that are
 */
export async function yank(
  root: string,
  folder: string,
  version: string,
  reason: string | undefined,
  options: StartOptions = {},
): Promise<string> {
  const unit = readPackage(root, folder);
  const record = recordsOf(root, folder).find((one) => one.version === version);
  if (!record) throw notReleased(root, unit, version);
  if (unit.language === 'typescript') await deprecate(root, record.name, version, reason ?? '', options);
  const { yanked: _before, ...rest } = record;
  return writeRecord(root, folder, reason === undefined ? rest : { ...rest, yanked: { reason } });
}

/** An empty message takes it back. */
async function deprecate(
  root: string,
  name: string,
  version: string,
  message: string,
  options: StartOptions,
): Promise<void> {
  const spec = `${name}@${version}`;
  const registry = await ensureNpm(root, options);
  refusePublic(root, registry.url);
  await inTemporaryFolder(root, (cwd) =>
    runNpm(registry, ['deprecate', spec, message], {
      ...options,
      cwd,
      name,
      message: `${spec} could not be deprecated on ${registry.url}`,
    }),
  );
}

function notReleased(root: string, { distribution, folder }: Package, version: string): FabricaError {
  const released = recordsOf(root, folder).map((record) => record.version);
  return new FabricaError('not-released', `there is no ${recordFile(folder, version)}`, {
    hint: released.length
      ? `one of ${released.join(', ')}`
      : `npx nx release releases ${distribution}; nothing of it is released yet`,
  });
}

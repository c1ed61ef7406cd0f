import { wheelAt, wheelIdentity } from '../python/build';
import { pythonPackages } from '../python/packages';
import { normalise, type Pin } from '../python/requirements';
import { FabricaError } from '../support/errors';
import { inTemporaryFolder } from '../support/files';
import type { PypiRegistry } from './configuration';
import { filesOnIndex, hashOnIndex } from './index-client';
import { recordsOf } from './records';
import { relockCommand, reproduce, type Reproduced, type ReproduceOptions } from './reproduce';
import { packageOf, sharedPins, shippedWheels } from './shared';
import { upload } from './upload';

export interface Seeded {
  readonly name: string;
  readonly version: string;
  readonly outcome: 'published' | 'already published';
  /** Where the bytes came from. */
  readonly source?: Reproduced['source'];
}

/**
 * Sees to it that the index has every pinned version, with the bytes that the lock wants. The workspace's own index
 * is filled: from the plugin's wheels, from the working tree when its build has the hash, else from the history. A
 * company's index is only asked.
 *
 * @throws FabricaError `other-bytes`, `not-published`, `not-reproducible`: each with the version, the hash and the
 *   way out; `registry-down`, `registry-refused`
 */
export async function seed(
  root: string,
  registry: PypiRegistry,
  pins: readonly Pin[],
  options: ReproduceOptions,
): Promise<Seeded[]> {
  const seeded: Seeded[] = [];
  for (const pin of pins) {
    if (await isThere(registry, pin, options)) {
      seeded.push({ name: pin.name, version: pin.version, outcome: 'already published' });
    } else if (registry.embedded) {
      seeded.push(await publishPin(root, registry, pin, options));
    } else {
      throw notPublished(root, registry, pin);
    }
  }
  return seeded;
}

/**
 * Whether the pins of a new lock are on the private index, with the hashes of the lock: a distribution of the same
 * name on another index must never get in.
 *
 * @throws FabricaError `wrong-index`, `other-bytes`
 */
export async function checkOrigin(
  root: string,
  folder: string,
  registry: PypiRegistry,
  options: ReproduceOptions,
): Promise<void> {
  for (const pin of sharedPins(root, folder)) {
    if (await isThere(registry, pin, options)) continue;
    throw new FabricaError(
      'wrong-index',
      `${pin.name} ${pin.version} did not come from ${registry.url}, which holds no such version`,
      { hint: publishHint(root, pin, 'publish it there first') },
    );
  }
}

/**
 * Fills the workspace's own index with all that a new lock may choose from: the plugin's wheels, and every recorded
 * release. One that can't be made in this clone is left out, and told.
 */
export async function seedReleases(
  root: string,
  registry: PypiRegistry,
  options: ReproduceOptions,
): Promise<{ seeded: Seeded[]; left: FabricaError[] }> {
  const seeded: Seeded[] = [];
  const left: FabricaError[] = [];
  if (!registry.embedded) return { seeded, left };
  for (const pin of [...shippedPins(), ...recordedPins(root)]) {
    try {
      seeded.push(...(await seed(root, registry, [pin], options)));
    } catch (error) {
      if (!(error instanceof FabricaError) || !['not-reproducible', 'other-bytes'].includes(error.code))
        throw error;
      left.push(error);
    }
  }
  return { seeded, left };
}

/** Whether the index has a pinned version with one of the pin's hashes; throws when it has it with others. */
async function isThere(
  registry: PypiRegistry,
  pin: Pin,
  { signal, project }: ReproduceOptions,
): Promise<boolean> {
  const files = (await filesOnIndex(registry, pin.name, signal)).filter(({ name }) => isFileOf(name, pin));
  const hashes = await Promise.all(files.map((file) => hashOnIndex(registry, file, signal)));
  if (hashes.some((hash) => pin.hashes.includes(hash))) return true;
  if (!hashes.length) return false;
  const [held, wanted] = [hashes[0], pin.hashes[0]].map((hash) => `${hash?.slice(0, 12)}…`);
  const relock = relockCommand(project, pin);
  throw new FabricaError(
    'other-bytes',
    `${registry.url} holds ${pin.name} ${pin.version} with other bytes than the lock wants (sha256 ${held}, wanted ${wanted})`,
    {
      hint: registry.embedded
        ? `npx nx run workspace:registries reset --only=pypi, and try again: it is filled anew from the repository\nor, when the lock is what is wrong: ${relock}`
        : `find out which of the two is right; when the lock is wrong: ${relock}`,
    },
  );
}

function isFileOf(file: string, pin: Pin): boolean {
  if (!file.endsWith('.whl')) return normalise(file) === normalise(`${pin.name}-${pin.version}.tar.gz`);
  const { name, version } = wheelIdentity(file);
  return normalise(name) === pin.name && version === pin.version;
}

function notPublished(root: string, registry: PypiRegistry, pin: Pin): FabricaError {
  return new FabricaError(
    'not-published',
    `${registry.url} has no ${pin.name} ${pin.version}, which the lock pins`,
    { hint: publishHint(root, pin, 'at the commit of that release') },
  );
}

function publishHint(root: string, pin: Pin, when: string): string {
  const unit = packageOf(root, pin);
  return unit ? `${when}: npx nx run ${unit.name}:publish` : `ask who owns ${pin.name} to publish it`;
}

async function publishPin(
  root: string,
  registry: PypiRegistry,
  pin: Pin,
  options: ReproduceOptions,
): Promise<Seeded> {
  return inTemporaryFolder(root, async (folder) => {
    const { wheel, source } = await reproduce(root, pin, folder, options);
    const outcome = await upload(root, registry, wheel, (found) => raced(pin, found), options);
    return { name: pin.name, version: pin.version, outcome, source };
  });
}

function raced(pin: Pin, found: string): FabricaError {
  return new FabricaError(
    'other-bytes',
    `${pin.name} ${pin.version} was just published with other bytes (sha256 ${found.slice(0, 12)}…)`,
    {
      hint: 'npx nx run workspace:registries reset --only=pypi, and try again',
    },
  );
}

function shippedPins(): Pin[] {
  return shippedWheels().map(({ name, version, path }) => ({
    name,
    version,
    hashes: [wheelAt(path).sha256],
    line: 0,
  }));
}

function recordedPins(root: string): Pin[] {
  return pythonPackages(root).flatMap((unit) =>
    recordsOf(root, unit.folder).map(({ version, files }) => ({
      name: unit.distribution,
      version,
      hashes: Object.values(files),
      line: 0,
    })),
  );
}

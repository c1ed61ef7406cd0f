import { join } from 'node:path';
import { readSource } from '../boundaries/read';
import { readWorld, type World } from '../boundaries/world';
import type { Finding } from '../boundaries/findings';
import { normalise } from '../python/requirements';
import { FabricaError } from '../support/errors';
import { didYouMean } from '../workspace/suggest';
import { readPins } from './pins';
import { usagesOf, type Usage, type Wanted } from './usages';

/** Who uses what in a workspace. */
export interface WorkspaceUses {
  readonly usages: readonly Usage[];
  /** The files that could not be read to their end, relative to the workspace. */
  readonly unparsed: readonly Finding[];
}

/**
 * Reads who uses what: each project and package with what it uses of the workspace; with `of` only who uses that, a
 * project, a package (`storage`, `fabrica-storage`) or any distribution (`pandas`).
 *
 * @throws FabricaError `unknown-package`: nothing of that name is here, in a lock or imported.
 */
export function readUses(root: string, of?: string): WorkspaceUses {
  const world = readWorld(root);
  const only = of === undefined ? undefined : wantedBy(world, of);
  const pinned = new Set<string>();
  const all = world.units
    .filter(({ module }) => module !== '')
    .map((unit) => {
      const pins = readPins(join(root, unit.folder));
      for (const name of pins.keys()) pinned.add(name);
      const { usages, unparsed } = usagesOf(readSource(root, unit), pins, world, only);
      return { usages, unparsed: unparsed.map((one) => ({ ...one, path: `${unit.folder}/${one.path}` })) };
    });
  const usages = all.flatMap((one) => one.usages).sort(byUsed);
  if (only && !only.unit && usages.length === 0) throw unknown(only, world, pinned);
  return { usages, unparsed: all.flatMap((one) => one.unparsed) };
}

function wantedBy(world: World, name: string): Wanted {
  const unit = world.units.find((one) => one.name === name) ?? world.byDistribution.get(normalise(name));
  return { distribution: unit?.distribution ?? normalise(name), unit };
}

function byUsed(one: Usage, other: Usage): number {
  return (
    one.of.distribution.localeCompare(other.of.distribution) || one.by.folder.localeCompare(other.by.folder)
  );
}

function unknown({ distribution }: Wanted, { units }: World, pinned: ReadonlySet<string>): FabricaError {
  const names = [...units.map(({ name }) => name), ...pinned];
  return new FabricaError(
    'unknown-package',
    `no project or package of the workspace is called ${distribution}, and no lock has it${didYouMean(distribution, names)}`,
    { hint: 'npx nx run workspace:uses' },
  );
}

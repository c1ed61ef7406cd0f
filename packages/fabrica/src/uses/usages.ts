import { usesOf, type Use } from '../boundaries/uses';
import { ownersOf } from '../boundaries/installed';
import { isOwnModule, Places } from '../boundaries/places';
import type { Finding, Spot } from '../boundaries/findings';
import type { UnitSource } from '../boundaries/source';
import { unitOfModule, type Unit, type World } from '../boundaries/world';
import type { Zone } from '../workspace/layout';
import type { Pinned } from './pins';

/** What is looked for: a project or a package of the workspace, or any distribution. */
export interface Wanted {
  /** As indexes know it: `fabrica-storage`, `pandas`; of a project, its name. */
  readonly distribution: string;
  readonly unit?: Unit;
}

/** Where something is imported. */
export interface Place extends Spot {
  readonly zone: Zone;
}

/** That one project or package uses something. */
export interface Usage {
  readonly by: Unit;
  readonly of: Wanted;
  /** Its imports; none where only a lock has it, since something else brings it. */
  readonly places: readonly Place[];
  /** What its locks pin; packages develop against each other as they are in the workspace, and pin none. */
  readonly pinned: Pinned;
}

/** What one unit uses, and which of its files could not be read to their end. */
export interface UsagesOfUnit {
  readonly usages: readonly Usage[];
  readonly unparsed: readonly Finding[];
}

/**
 * What a unit uses of the workspace, from its imports and locks: a function of what is given, which reads no disk.
 *
 * @param only looks for this alone, which may come from outside of the workspace
 */
export function usagesOf(
  source: UnitSource,
  pins: ReadonlyMap<string, Pinned>,
  world: World,
  only?: Wanted,
): UsagesOfUnit {
  const { uses, unparsed } = usesOf(source.files);
  const places = placesByName(source, uses, world, only);
  const names = new Set([...places.keys(), ...pins.keys()]);
  const usages = [...names].sort().flatMap((distribution) => {
    const unit = world.byDistribution.get(distribution);
    const isWanted = only ? distribution === only.distribution : unit !== undefined;
    if (!isWanted || unit?.folder === source.unit.folder) return [];
    const of = { distribution, unit };
    return [
      { by: source.unit, of, places: places.get(distribution) ?? [], pinned: pins.get(distribution) ?? {} },
    ];
  });
  return { usages, unparsed };
}

/** The imports of a unit, by the distribution that they are of. */
function placesByName(
  source: UnitSource,
  uses: readonly Use[],
  world: World,
  only: Wanted | undefined,
): Map<string, Place[]> {
  const found = new Map<string, Map<string, Place>>();
  const own = new Places(source.paths);
  for (const { module, zone, spot } of uses) {
    const name = nameOf(source, module, world, only);
    if (name === undefined || isOwnModule(source.unit, own, spot.path, module)) continue;
    const places = found.get(name) ?? new Map<string, Place>();
    // `from fabrica.storage import a, b` is one import.
    found.set(name, places.set(`${spot.path}:${spot.cell ?? 0}:${spot.line ?? 0}`, { ...spot, zone }));
  }
  return new Map([...found].map(([name, places]) => [name, [...places.values()]]));
}

function nameOf(
  { installed }: UnitSource,
  module: string,
  world: World,
  only: Wanted | undefined,
): string | undefined {
  if (!only || only.unit) return unitOfModule(world, module)?.distribution;
  const owners = installed ? ownersOf(installed, module) : undefined;
  return owners?.find((name) => name === only.distribution);
}

import { placeText } from '../boundaries/report';
import { table } from '../support/table';
import type { Zone } from '../workspace/layout';
import type { WorkspaceUses } from './read';
import type { Place, Usage } from './usages';

const ZONES: readonly Zone[] = ['production', 'test', 'experiment'];

/** What a person reads: a row for each pair of user and used; with `places` also where each is imported. */
export function usesText({ usages, unparsed }: WorkspaceUses, places = false): string {
  if (usages.length === 0) return 'nothing uses it';
  const rows = usages.map((usage) => [usedText(usage), usage.by.name, zonesText(usage), versionText(usage)]);
  return [
    table(['USED', 'BY', 'IMPORTED IN', 'VERSION'], rows),
    ...(places ? ['', ...usages.flatMap(placeLines)] : []),
    ...unparsed.map(({ path, line, message }) => `not read: ${path}:${line}: ${message}`),
  ].join('\n');
}

function usedText({ of }: Usage): string {
  const { distribution, unit } = of;
  return unit?.version === undefined ? distribution : `${distribution} ${unit.version}`;
}

/** `production (3 files), test (1 file)`. */
function zonesText({ places }: Usage): string {
  const zones = ZONES.flatMap((zone) => {
    const files = new Set(places.filter((place) => place.zone === zone).map(({ path }) => path)).size;
    return files ? [`${zone} (${files} ${files === 1 ? 'file' : 'files'})`] : [];
  });
  return zones.join(', ') || 'no file';
}

/** The version that production has; that of development where they differ. */
export function versionText({ by, of, pinned: { production, development } }: Usage): string {
  if (production && development && production !== development)
    return `${production} (development: ${development})`;
  if (production ?? development) return production ?? `${development} (development)`;
  const isHere = of.unit?.kind === 'project' || by.kind === 'package';
  return of.unit && isHere ? 'as in the workspace' : 'in no lock';
}

function placeLines({ by, places }: Usage): string[] {
  return places.map((place) => `${placeText(by.folder, place)} (${place.zone})`);
}

/** What tools read. */
export function usesDocument({ usages, unparsed }: WorkspaceUses): object {
  return {
    schema: 1,
    uses: usages.map(({ by, of, places, pinned }) => ({
      by: { name: by.name, kind: by.kind, folder: by.folder },
      of: { name: of.distribution, kind: of.unit?.kind ?? 'distribution', version: of.unit?.version },
      zones: ZONES.filter((zone) => places.some((place) => place.zone === zone)),
      pinned,
      imports: places.map((place) => imported(by.folder, place)),
    })),
    unparsed: unparsed.map(({ path, line, cell, message }) => ({ path, line, cell, message })),
  };
}

function imported(folder: string, { path, line, cell, zone }: Place): object {
  return { path: `${folder}/${path}`, line, cell, zone };
}

import { LAYOUT, type Zone } from '../workspace/layout';

/** The zone of each folder at the top of a project, as the layout has it: `src` → production. */
const ZONES: ReadonlyMap<string, Zone> = new Map(
  Object.values(LAYOUT).map(({ path, zone }) => [path.split('/')[0] as string, zone]),
);

/** What pytest alone reads, wherever it stands. */
const CONFTEST = 'conftest.py';

/**
 * The zone of a file, by its path in the project. What the layout doesn't know is production: nothing gets around a
 * rule by lying in a folder of its own.
 *
 * @example
 * zoneOf('src/rides/train.py'); // 'production'
 * zoneOf('conftest.py'); // 'test'
 */
export function zoneOf(path: string): Zone {
  const slash = path.indexOf('/');
  if (slash < 0) return path === CONFTEST ? 'test' : 'production';
  return ZONES.get(path.slice(0, slash)) ?? 'production';
}

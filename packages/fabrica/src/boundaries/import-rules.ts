import { refuse, type Finding, type Spot } from './findings';
import { isOwnModule, type Places } from './places';
import type { UnitSource } from './source';
import type { Use } from './uses';
import { unitOfModule, type Unit, type World } from './world';

/** As long as the name of a package may be. */
const LONGEST = 40;

/** What to do with code of a project that others need. */
export function moveToPackage({ name }: Unit): string {
  const shared = `${name}-shared`;
  return `move what both need into a package: npx nx g fabrica:package ${shared.length > LONGEST ? 'shared' : shared}`;
}

/** Imports of other projects' modules: `imports-project`, `experiment-uses`, `package-imports-project`. */
export function importRules(
  source: UnitSource,
  uses: readonly Use[],
  places: Places,
  world: World,
): Finding[] {
  const findings = new Map<string, Finding>();
  for (const use of uses) {
    const other = unitOfModule(world, use.module);
    if (other?.kind !== 'project' || other.folder === source.unit.folder) continue;
    if (isOwnModule(source.unit, places, use.spot.path, use.module)) continue;
    const finding = findingOf(source, use, other);
    // `from bikes import a, b` is one import.
    if (finding) findings.set(`${keyOf(use.spot)} ${other.folder}`, finding);
  }
  return [...findings.values()];
}

function keyOf({ path, cell, line }: Spot): string {
  return `${path}:${cell ?? 0}:${line ?? 0}`;
}

function findingOf({ unit, settings }: UnitSource, { zone, spot }: Use, other: Unit): Finding | undefined {
  const what = `imports ${other.module}, the module of ${other.folder}`;
  if (unit.kind === 'package')
    return refuse(
      'package-imports-project',
      spot,
      `a package ${what}`,
      'move what it needs from there into the package: projects use packages, never the other way round',
    );
  if (zone !== 'experiment') return refuse('imports-project', spot, what, moveToPackage(other));
  if (settings?.uses.includes(other.name)) return undefined;
  return refuse('experiment-uses', spot, what, usesHint(unit, settings?.uses ?? [], other));
}

/** The line of fabrica.yaml that lets experiments use a project. */
export function usesHint(unit: Unit, uses: readonly string[], other: Unit): string {
  return `in ${unit.folder}/fabrica.yaml: experiments: { uses: [${[...uses, other.name].join(', ')}] }`;
}

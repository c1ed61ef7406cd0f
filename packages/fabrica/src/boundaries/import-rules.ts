import { refuse, type Finding, type Spot } from './findings';
import { isOwnModule, type Places } from './places';
import type { UnitSource } from './source';
import type { Use } from './uses';
import { unitOfModule, type Unit, type World } from './world';

/** As long as the name of a package may be. */
const LONGEST = 40;

/** What to do with code of a project that others need; `module` is the one they import, where that is known. */
export function moveToPackage({ name, module: root }: Unit, module = root): string {
  const shared = `${name}-shared`;
  const below = module === root ? 'MODULE' : module.slice(root.length + 1);
  const to = shared.length > LONGEST ? 'shared' : shared;
  return `move what both need into a package: npx nx g fabrica:graduate ${name}.${below} --to ${to}`;
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
    // `from bikes import a, b` is one import.
    const key = `${keyOf(use.spot)} ${other.folder}`;
    if (findings.has(key) || isOwnModule(source.unit, places, use.spot.path, use.module)) continue;
    const finding = findingOf(source, use, other);
    if (finding) findings.set(key, finding);
  }
  return [...findings.values()];
}

function keyOf({ path, cell, line }: Spot): string {
  return `${path}:${cell ?? 0}:${line ?? 0}`;
}

function findingOf(
  { unit, settings }: UnitSource,
  { module, from, zone, spot }: Use,
  other: Unit,
): Finding | undefined {
  const what = `imports ${other.module}, the module of ${other.folder}`;
  if (unit.kind === 'package')
    return refuse(
      'package-imports-project',
      spot,
      `a package ${what}`,
      'move what it needs from there into the package: projects use packages, never the other way round',
    );
  if (zone !== 'experiment')
    return refuse('imports-project', spot, what, moveToPackage(other, from === other.module ? module : from));
  if (settings?.uses.includes(other.name)) return undefined;
  return refuse('experiment-uses', spot, what, usesHint(unit, settings?.uses ?? [], other));
}

/** The line of fabrica.yaml that lets experiments use a project. */
export function usesHint(unit: Unit, uses: readonly string[], other: Unit): string {
  return `in ${unit.folder}/fabrica.yaml: experiments: { uses: [${[...uses, other.name].join(', ')}] }`;
}

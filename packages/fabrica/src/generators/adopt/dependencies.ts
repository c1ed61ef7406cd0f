import { parseRequirement } from '../../python/requirements';
import type { Needed } from './code';
import { distributionOfModule, holds, isKnownModule } from './names/imports';
import { relaxed } from './manifests/constraints';
import type { Dependency, Left, Manifest } from './manifests';
import { requirementText } from './manifests/requirements';

/** What the new pyproject.toml states, and what a person should know of it. */
export interface Dependencies {
  /** Of all groups, each distribution once in its group. */
  readonly stated: readonly Dependency[];
  readonly constraints: readonly Dependency[];
  readonly left: readonly Left[];
  /** Distributions that a list of all that was installed names, and that no code imports. */
  readonly unused: readonly Dependency[];
  /** Modules that code imports and that nothing states. */
  readonly missing: readonly Needed[];
}

/** What code imports: in production, and elsewhere. */
export interface Uses {
  readonly production: readonly Needed[];
  readonly others: readonly Needed[];
}

/** What every project of the house develops with. */
export const DEVELOPMENT = ['basedpyright', 'ipykernel', 'pytest', 'ruff'];

/**
 * Joins what all manifests say. The weightiest one that says anything counts in whole; what the others add counts where
 * code imports it, or where it is for development. With no manifest, imports tell.
 *
 * @param locked what was installed: what code imports of it is stated, since it was there by luck
 */
export function joinDependencies(
  manifests: readonly Manifest[],
  uses: Uses,
  locked: ReadonlyMap<string, string>,
): Dependencies {
  const all = [...uses.production, ...uses.others];
  const isUsed = ({ name }: Dependency) => all.some(({ module }) => holds(name, module));
  const main = manifests.find(({ dependencies }) => dependencies.some(({ group }) => group === undefined));
  const [stated, unused]: [Dependency[], Dependency[]] = [[], []];
  for (const manifest of main ? [main, ...manifests.filter((one) => one !== main)] : manifests)
    for (const one of manifest.dependencies) {
      if (stated.some((other) => isSame(one, other, manifest))) continue;
      const counts =
        (manifest === main && !manifest.isLock) ||
        (one.group !== undefined && !manifest.isLock) ||
        isUsed(one);
      (counts ? stated : unused).push(one);
    }
  const missing = all.filter(({ module }) => !stated.some(({ name }) => holds(name, module)));
  const guessed = missing.flatMap((needed) => (main ? foundIn(locked, needed, uses) : guess(needed, uses)));
  const complete = [...stated, ...guessed];
  return {
    stated: withHouse(complete),
    constraints: manifests.flatMap(({ constraints = [] }) => constraints),
    left: manifests.flatMap(({ left }) => left),
    unused: unused.filter(({ name }) => !complete.some((one) => one.name === name)),
    missing: missing.filter(({ module }) => !guessed.some(({ name }) => holds(name, module))),
  };
}

/** Whether a distribution is stated already: production's counts for all groups. One manifest may state it by marker. */
function isSame(one: Dependency, other: Dependency, { file }: Manifest): boolean {
  if (one.name !== other.name) return false;
  if (one.text === other.text && one.group === other.group) return true;
  const byMarker = one.group === other.group && one.text.includes(' ; ') && other.place.file === file;
  return !byMarker && (other.group === undefined || other.group === one.group);
}

/** What is imported and stated nowhere, and was installed all the same, since another distribution brought it. */
function foundIn(locked: ReadonlyMap<string, string>, needed: Needed, uses: Uses): Dependency[] {
  const found = guess(needed, uses).filter(({ name }) => locked.has(name));
  return found.map((one) => ({
    ...one,
    was: `import ${needed.module}, which its lock has by another's need`,
  }));
}

/** What is imported and stated nowhere: production needs it where production imports it. */
function guess(needed: Needed, { production }: Uses): Dependency[] {
  const name = distributionOfModule(needed.module);
  if (name === undefined || /^_/.test(needed.module)) return [];
  const group = production.includes(needed) ? undefined : 'dev';
  const was = isKnownModule(needed.module)
    ? `import ${needed.module}`
    : `import ${needed.module} (by its name alone)`;
  return [{ name, text: name, group, place: { file: needed.file, line: needed.line }, was }];
}

/** The same, with lower limits for exact pins. */
export function relaxedDependencies(dependencies: Dependencies): Dependencies {
  return { ...dependencies, stated: dependencies.stated.map(relaxedOne) };
}

function relaxedOne(one: Dependency): Dependency {
  const parsed = parseRequirement(one.text);
  if (!parsed) return one;
  const text = requirementText({ ...parsed, specifier: relaxed(parsed.specifier) });
  return text === one.text ? one : { ...one, text, was: one.was ?? one.text };
}

function withHouse(stated: readonly Dependency[]): Dependency[] {
  const lacks = DEVELOPMENT.filter(
    (name) => !stated.some((one) => one.name === name && (one.group ?? 'dev') === 'dev'),
  );
  return [
    ...stated,
    ...lacks.map((name) => ({ name, text: name, group: 'dev', place: { file: 'pyproject.toml' } })),
  ];
}

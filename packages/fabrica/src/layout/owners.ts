import { FabricaError } from '../support/errors';
import { didYouMean, isHandle, nearest, parseOptions, SETTINGS } from '../workspace';
import type { Files } from './files';
import type { Facts, Unit } from './facts';

/** Where code hosts look for owners. A new file goes to the first; one that exists stays where it is. */
export const CODEOWNERS = [
  '.github/CODEOWNERS',
  'CODEOWNERS',
  'docs/CODEOWNERS',
  '.gitlab/CODEOWNERS',
] as const;

/** The file that names the owners: code hosts read one alone, so a second one would hide the user's. */
export function codeownersFile(files: Files): string {
  return CODEOWNERS.find((file) => files.read(file) !== undefined) ?? CODEOWNERS[0];
}

/**
 * The lines of CODEOWNERS: a folder and its handles each. Owners that no code host knows are listed as comments; where
 * nobody has a handle, there is nothing to say.
 *
 * @example
 * // /projects/bikes/ @acme/mobility
 */
export function codeownersLines(facts: Facts): string[] {
  const owned = facts.units.filter(({ owner }) => owner !== undefined);
  const lines = owned.flatMap((unit) => {
    const handles = handlesOf(facts, unit.owner as string);
    return handles ? [`${pattern(unit)} ${handles.join(' ')}`] : [];
  });
  const others = owned.filter(({ owner }) => !handlesOf(facts, owner as string));
  if (!others.length || !lines.length) return lines;
  return [
    ...lines,
    '# Nobody is asked to review these: nx.json maps no owner of that name to a handle (docs: Layout and owners).',
    ...others.map((unit) => `#   ${pattern(unit)} ${unit.owner?.replaceAll(/\s+/g, ' ')}`),
  ];
}

/** From the root of the repository, with all that is below it. */
function pattern({ folder }: Unit): string {
  return `/${folder.replaceAll(/\s/g, '\\ ')}/`;
}

function handlesOf({ owners }: Facts, owner: string): readonly string[] | undefined {
  if (isHandle(owner)) return [owner];
  return owners && Object.hasOwn(owners, owner)
    ? [owners[owner] as string | readonly string[]].flat()
    : undefined;
}

/** The owners that nx.json lists; undefined when it has no list. */
export function listedOwners(files: Files): string[] | undefined {
  const { owners } = parseOptions(files.read('nx.json') ?? '{}');
  return owners && Object.keys(owners);
}

/** Owners that nx.json doesn't know, where it has a list of them; each with its place and the way out. */
export function unknownOwners(facts: Facts): FabricaError[] {
  const { owners } = facts;
  if (!owners) return [];
  return facts.units.flatMap(({ owner, place }) => {
    if (owner === undefined || handlesOf(facts, owner)) return [];
    return [unknownOwner(owner, Object.keys(owners), place)];
  });
}

function unknownOwner(owner: string, known: readonly string[], place: Unit['place']): FabricaError {
  const meant = nearest(owner, known);
  return new FabricaError(
    'unknown-owner',
    `the owner "${owner}" is not among those of nx.json (${known.join(', ') || 'none'})${didYouMean(owner, known)}`,
    {
      place,
      hint: meant
        ? `in ${place.file}: ${place.file.endsWith(SETTINGS) ? `owner: ${meant}` : `owner = "${meant}"`}`
        : `in nx.json, in the options of fabrica/plugin: "owners": { ${JSON.stringify(owner)}: "@org/team" }`,
    },
  );
}

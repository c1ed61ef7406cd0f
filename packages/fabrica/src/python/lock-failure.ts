import { relative } from 'node:path';
import type { PypiRegistry } from '../registries/configuration';
import { versionsOnIndex } from '../registries/index-client';
import {
  packageOf,
  sharedNames,
  sharedRequirements,
  shippedWheels,
  type PlacedRequirement,
} from '../registries/shared';
import { FabricaError } from '../support/errors';
import { didYouMean } from '../workspace/suggest';
import { readPyproject } from './pyproject';
import type { PythonPackage } from './packages';
import { satisfies } from './versions';

/** As many versions as a line holds; the newest are those that are looked for. */
const SHOWN = 10;

/**
 * Dependencies that name a shared package, or a version of one, that nobody has published. uv would say of it that there
 * is none, and not what to do.
 */
export async function unpublished(
  root: string,
  folder: string,
  registry: PypiRegistry,
  signal?: AbortSignal,
): Promise<FabricaError[]> {
  const errors: FabricaError[] = [];
  for (const wanted of sharedRequirements(root, folder)) {
    if (wanted.url) continue;
    const versions = await versionsOnIndex(registry, wanted.name, signal);
    if (!versions.some((version) => satisfies(version, wanted.specifier)))
      errors.push(notPublished(root, wanted, versions));
  }
  return errors;
}

function notPublished(root: string, wanted: PlacedRequirement, versions: readonly string[]): FabricaError {
  const unit = packageOf(root, wanted);
  const held = versions.length
    ? `the private index has ${[...(versions.length > SHOWN ? ['…'] : []), ...versions.slice(-SHOWN)].join(', ')}`
    : `the private index has no ${wanted.name}`;
  const own = unit ? ` (${unit.folder} is at ${unit.version})` : '';
  const shared = sharedNames(root);
  const meant = shared.has(wanted.name) || versions.length ? '' : didYouMean(wanted.name, shared);
  return new FabricaError('not-published', `${wanted.text} is wanted, but ${held}${own}${meant}`, {
    place: { file: wanted.file, line: wanted.line },
    hint: wayOut(root, wanted, versions, unit),
  });
}

function wayOut(
  root: string,
  { name, specifier, file }: PlacedRequirement,
  versions: readonly string[],
  unit?: PythonPackage,
): string {
  const publish = unit && `npx nx run ${unit.name}:publish`;
  if (unit && publish && !versions.includes(unit.version) && satisfies(unit.version, specifier))
    return publish;
  if (carries(name, specifier)) return 'npx nx run workspace:registries fill';
  const newest = versions.at(-1);
  const where = `in ${relative(root, file)}`;
  if (!unit) return newest ? `${where}: ${name}==${newest}` : `ask who owns ${name} to publish it`;
  if (!newest) return `${where}: ${name}==${unit.version}, and publish that: ${publish}`;
  return `${where}: ${name}==${newest}\nor raise version in ${unit.folder}/pyproject.toml, commit, and ${publish}`;
}

/** Whether the plugin carries such a version, which `fill` publishes. */
function carries(name: string, specifier: string): boolean {
  return shippedWheels().some((wheel) => wheel.name === name && satisfies(wheel.version, specifier));
}

const UNKNOWN = /(\S+) was not found in the package registry/g;
const NO_VERSION =
  /^\s*cause: Because (?:there is no version of|only) ([\w.-]+?)[=<>!~][^\n]* and \S+ (?:depends on|requires?) [^\n]*, we can conclude that your requirements are unsatisfiable/m;

/** What uv says that no index has, where pyproject.toml names it; nothing when its reason is another. */
export function unknownDependencies(root: string, folder: string, said: string): FabricaError[] {
  // An index that refuses or fails may well have it.
  if (/hint: An index/.test(said)) return [];
  const { file, dependencies, dev, extras } = readPyproject(`${root}/${folder}`);
  const stated = [...dependencies, ...dev, ...Object.values(extras).flat()];
  const at = (line?: number): string => `${relative(root, file)}${line === undefined ? '' : `:${line}`}`;
  const unknown = new Set([...said.matchAll(UNKNOWN)].map(([, name]) => name));
  const misspelt = stated
    .filter(({ name }) => unknown.has(name))
    .map(({ name, text, line }) => {
      const message = `${text}: no index has a package ${name}${didYouMean(name, sharedNames(root))}`;
      return new FabricaError('lock-failed', message, {
        place: { file, line },
        hint: `correct the name in ${at(line)}`,
      });
    });
  if (misspelt.length) return misspelt;
  const lacking = NO_VERSION.exec(said)?.[1];
  return stated
    .filter(({ name }) => name === lacking)
    .slice(0, 1)
    .map(({ text, line }) => {
      const only = /only (\S+) is available/.exec(said)?.[1];
      const message = only
        ? `${text} is wanted, but only ${only} is available`
        : `${text}: there is no such version`;
      return new FabricaError('lock-failed', message, {
        place: { file, line },
        hint: `write a version that exists in ${at(line)}`,
      });
    });
}

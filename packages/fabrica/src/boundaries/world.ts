import { posix } from 'node:path';
import { normalise } from '../python/requirements';
import { HOMES } from '../workspace/layout';
import { moduleOf } from '../workspace/names';
import { listUnits, normaliseRemote, remotesOf, type ListedUnit } from './units';

/** A project or a package, as its neighbours see it. */
export interface Unit {
  readonly kind: 'project' | 'package';
  readonly name: string;
  /** What Python imports: `trip_duration`, `fabrica.storage`. */
  readonly module: string;
  /** Relative to the workspace: `projects/trip-duration`. */
  readonly folder: string;
  /** As indexes know it, normalised: `trip-duration`, `fabrica-storage`. */
  readonly distribution: string;
  /** The version of a package, for what to paste. */
  readonly version?: string;
}

/** All that a unit's boundaries depend on beside its own files. Made by {@link worldOf}, read by {@link readWorld}. */
export interface World {
  readonly units: readonly Unit[];
  readonly byModule: ReadonlyMap<string, Unit>;
  readonly byDistribution: ReadonlyMap<string, Unit>;
  readonly byFolder: ReadonlyMap<string, Unit>;
  /** The addresses of this repository, each as {@link normaliseRemote} has it. */
  readonly remotes: ReadonlySet<string>;
}

/** The world of some units; only those in Python have a module. */
export function worldOf(units: readonly Unit[], remotes: readonly string[] = []): World {
  return {
    units,
    byModule: new Map(units.filter(({ module }) => module).map((unit) => [unit.module, unit])),
    byDistribution: new Map(units.map((unit) => [unit.distribution, unit])),
    byFolder: new Map(units.map((unit) => [unit.folder, unit])),
    remotes: new Set(remotes.map(normaliseRemote)),
  };
}

/** The world as the folders and the repository's config show it. */
export function readWorld(root: string): World {
  return worldOf(listUnits(root).map(toUnit), remotesOf(root));
}

function toUnit({ kind, name, folder, distribution, python, version }: ListedUnit): Unit {
  const module = kind === 'project' ? moduleOf(name) : `fabrica.${moduleOf(name)}`;
  return { kind, name, folder, module: python ? module : '', distribution: normalise(distribution), version };
}

/** The unit that a module belongs to: `bikes.features` to bikes, `fabrica.storage.x` to storage. */
export function unitOfModule({ byModule }: World, module: string): Unit | undefined {
  const first = module.indexOf('.');
  if (first < 0) return byModule.get(module);
  const found = byModule.get(module.slice(0, first));
  if (found) return found;
  const second = module.indexOf('.', first + 1);
  return byModule.get(second < 0 ? module : module.slice(0, second));
}

/** Whether a text is an address, and no path: `https://…`, `git+ssh://…`, `git@…`. */
export function isAddress(text: string): boolean {
  return /^([a-z][a-z+]*:\/\/|git@)/i.test(text);
}

/** Whether an address is one of this repository, however it is reached. */
export function isOwnRepository({ remotes }: World, address: string): boolean {
  return remotes.has(normaliseRemote(address));
}

/** The unit that an address of a repository names: `…#subdirectory=projects/bikes`. */
export function unitInRepository(world: World, address: string): Unit | undefined {
  const subdirectory = /[#&]subdirectory=([^&]+)/.exec(address)?.[1];
  return subdirectory ? unitAt(world, subdirectory) : undefined;
}

/** The unit whose folder a path leads into; `path` is relative to the workspace and normal. */
export function unitAt({ byFolder }: World, path: string): Unit | undefined {
  const [home, name] = path.split('/');
  return byFolder.get(`${home}/${name}`);
}

/** The unit whose folder stands somewhere in a path, such as one that is absolute on somebody's laptop. */
export function unitWithin(world: World, path: string): Unit | undefined {
  const parts = path.split('/');
  const index = parts.findIndex(
    (part, at) =>
      (part === HOMES.project || part === HOMES.package) && world.byFolder.has(`${part}/${parts[at + 1]}`),
  );
  return index < 0 ? undefined : world.byFolder.get(`${parts[index]}/${parts[index + 1]}`);
}

/** A path with forward slashes, without `.` and what `..` undoes; no slash at its end. */
export function normalPath(path: string): string {
  const normal = posix.normalize(path.replaceAll('\\', '/'));
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

/** Whether a path (both relative to the workspace and normal) is a folder or in it. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** What a requirement of a unit looks like: `fabrica-storage==0.1.1`. */
export function pinOf({ distribution, version }: Unit): string {
  return version === undefined ? distribution : `${distribution}==${version}`;
}

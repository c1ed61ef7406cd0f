import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { normalise, parseRequirement } from '../python/requirements';

/** A distribution of an environment. */
export interface Distribution {
  /** Normalised. */
  readonly name: string;
  /** What Python imports of it, each as long as it takes to be its own: `pandas`, `google.cloud.storage`. */
  readonly modules: readonly string[];
  /** The distributions that each of its extras brings. */
  readonly extras: Readonly<
    Record<string, readonly { readonly name: string; readonly extras: readonly string[] }[]>
  >;
}

/** What an environment holds. */
export interface Installed {
  readonly byName: ReadonlyMap<string, Distribution>;
  /** The distributions that have a module; several when they share it. */
  readonly byModule: ReadonlyMap<string, readonly string[]>;
}

/** An environment of some distributions. */
export function installedOf(distributions: readonly Distribution[]): Installed {
  const byModule = new Map<string, string[]>();
  for (const { name, modules } of distributions)
    for (const module of modules) byModule.set(module, [...(byModule.get(module) ?? []), name]);
  return { byName: new Map(distributions.map((one) => [one.name, one])), byModule };
}

/** The distributions that a module comes from: those whose own module is the longest beginning of it. */
export function ownersOf({ byModule }: Installed, module: string): readonly string[] | undefined {
  for (let part = module; part !== ''; part = part.slice(0, Math.max(0, part.lastIndexOf('.')))) {
    const owners = byModule.get(part);
    if (owners) return owners;
  }
  return undefined;
}

/** Reads the environment of a folder; undefined when it has none. */
export function readInstalled(at: string): Installed | undefined {
  const folder = sitePackages(join(at, '.venv'));
  if (folder === undefined) return undefined;
  const distributions = entries(folder).filter((name) => name.endsWith('.dist-info'));
  return installedOf(distributions.flatMap((name) => readDistribution(join(folder, name), name)));
}

function sitePackages(environment: string): string | undefined {
  const python = entries(join(environment, 'lib')).find((name) => name.startsWith('python'));
  if (python !== undefined) return join(environment, 'lib', python, 'site-packages');
  return entries(join(environment, 'Lib')).length ? join(environment, 'Lib', 'site-packages') : undefined;
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

// One release is installed into many environments, mostly as links to the same files.
const known = new Map<string, Distribution[]>();

function readDistribution(folder: string, name: string): Distribution[] {
  const record = join(folder, 'RECORD');
  const { size, mtimeMs } = statSync(record, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
  const key = `${name} ${size} ${mtimeMs}`;
  const before = known.get(key);
  if (before) return before;
  const metadata = readText(join(folder, 'METADATA'));
  const made =
    metadata === undefined
      ? []
      : [distributionOf(metadata, readText(record), readText(join(folder, 'top_level.txt')))];
  known.set(key, made);
  return made;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** A distribution as its metadata, its RECORD and its top_level.txt describe it. */
export function distributionOf(metadata: string, record = '', topLevel = ''): Distribution {
  const [head = ''] = metadata.split(/\r?\n\r?\n/, 1);
  const name = /^Name:\s*(\S+)/m.exec(head)?.[1] ?? '';
  const modules = modulesIn(record);
  return {
    name: normalise(name),
    modules: modules.length ? modules : topLevel.split(/\s+/).filter(isModule),
    extras: extrasIn(head),
  };
}

/**
 * The modules of a RECORD. Of a namespace, which has no `__init__.py` and belongs to nobody, the ones below it: RECORD
 * is more exact there than top_level.txt, which names the namespace.
 */
function modulesIn(record: string): string[] {
  const files = record
    .split('\n')
    .map((line) =>
      line.startsWith('"') ? line.slice(1, line.indexOf('"', 1)) : line.slice(0, line.indexOf(',')),
    )
    .filter((path) => SOURCE.test(path) && !path.startsWith('..') && !path.startsWith('/'));
  const packages = new Set(
    files.filter((path) => INIT.test(path)).map((path) => path.slice(0, path.lastIndexOf('/'))),
  );
  return [...new Set(files.map((path) => moduleOf(path, packages)))].filter(isModule);
}

const SOURCE = /\.(py|pyi|so|pyd)$/;
const INIT = /\/__init__\.(py|pyi|so|pyd)$|\/__init__\.[\w-]+\.(so|pyd)$/;

/** The shortest part of a file's path that is a package, else the file itself. */
function moduleOf(path: string, packages: ReadonlySet<string>): string {
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
    if (packages.has(path.slice(0, slash))) return path.slice(0, slash).replaceAll('/', '.');
  const start = path.lastIndexOf('/') + 1;
  return path.slice(0, path.indexOf('.', start)).replaceAll('/', '.');
}

/** Stubs (`pandas-stubs`) and folders of data have no name that can be imported. */
function isModule(name: string): boolean {
  return /^[\p{ID_Start}_][\p{ID_Continue}.]*$/u.test(name);
}

function extrasIn(head: string): Distribution['extras'] {
  const extras: Record<string, { name: string; extras: readonly string[] }[]> = {};
  for (const [, text] of head.matchAll(/^Requires-Dist:\s*(.+)$/gm)) {
    const extra = /extra\s*==\s*['"]([^'"]+)['"]/.exec(text as string)?.[1];
    const requirement = extra && parseRequirement((text as string).trim());
    if (!extra || !requirement) continue;
    (extras[normalise(extra)] ??= []).push({ name: requirement.name, extras: requirement.extras });
  }
  return extras;
}

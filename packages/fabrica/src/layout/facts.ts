import { basename } from 'node:path';
import { parse } from 'smol-toml';
import { FabricaError } from '../support/errors';
import {
  HOMES,
  layoutPath,
  moduleOf,
  parseOptions,
  parseSettings,
  PYPROJECT,
  SETTINGS,
  type Part,
} from '../workspace';
import { NPM_MANIFEST } from '../workspace/layout';
import type { Files } from './files';

/** A project or package, and who answers for it. */
export interface Unit {
  readonly kind: 'project' | 'package';
  /** Relative to the workspace: `projects/bikes`. */
  readonly folder: string;
  /** As it is written: `mobility`, `@acme/mobility`; a package need not have one. */
  readonly owner?: string;
  /** Whether its experiments have an environment of their own, since they use other projects. */
  readonly experiments?: boolean;
  /** Where the owner is written. */
  readonly place: { readonly file: string; readonly line?: number };
  /** What a project has: what its image starts. */
  readonly parts: readonly Part[];
  /** The project's own compose file, by its name, when it has one. */
  readonly compose?: string;
}

/** All that decides what the toolkit's own files hold. */
export interface Facts {
  readonly units: readonly Unit[];
  /** What nx.json says of owners, when it says something: a name, and its handles. */
  readonly owners?: Readonly<Record<string, string | readonly string[]>>;
  /** What nx.json says that images are made from. */
  readonly baseImage?: string;
}

/** Reads who owns what: all projects and packages, or some folders. */
export function readFacts(files: Files, folders?: readonly string[]): Facts {
  const units = folders ?? [...foldersIn(files, HOMES.project), ...foldersIn(files, HOMES.package)];
  const { owners, images } = parseOptions(files.read('nx.json') ?? '{}');
  return { units: units.flatMap((folder) => readUnit(files, folder)), owners, baseImage: images?.base };
}

function foldersIn(files: Files, home: string): string[] {
  return files.names(home).map((name) => `${home}/${name}`);
}

function readUnit(files: Files, folder: string): Unit[] {
  return folder.startsWith(`${HOMES.project}/`) ? readProject(files, folder) : readPackage(files, folder);
}

function readProject(files: Files, folder: string): Unit[] {
  const file = `${folder}/${SETTINGS}`;
  const text = files.read(file);
  if (text === undefined) return [];
  const { owner, experiments } = parseSettings(file, text);
  const place = { file, line: lineOf(text, /^\s*owner\s*:/) };
  return [
    {
      kind: 'project',
      folder,
      owner,
      experiments: Boolean(experiments?.uses.length),
      place,
      parts: partsOf(files, folder),
      compose: composeFileIn(files.names(folder)),
    },
  ];
}

/** The file that Docker Compose reads in a project's folder, of its names there. */
export function composeFileIn(names: readonly string[]): string | undefined {
  return ['compose.yaml', 'compose.yml'].find((name) => names.includes(name));
}

function partsOf(files: Files, folder: string): Part[] {
  const module = moduleOf(basename(folder));
  const home = `${folder}/${layoutPath('module', { module })}`;
  const pipelines = files.names(`${home}/pipelines`).some((name) => /^[A-Za-z]\w*\.py$/.test(name));
  const names = files.names(home);
  return [
    ...(pipelines ? (['pipeline'] as const) : []),
    ...(['service', 'app'] as const).filter((part) => names.includes(`${part}.py`)),
  ];
}

/** A package says it in `[tool.fabrica]` of its pyproject.toml, or under `fabrica` in its package.json. */
function readPackage(files: Files, folder: string): Unit[] {
  for (const [name, ownerIn] of [
    [PYPROJECT, ownerInToml],
    [NPM_MANIFEST, ownerInJson],
  ] as const) {
    const file = `${folder}/${name}`;
    const text = files.read(file);
    if (text === undefined) continue;
    const owner = tryTo(file, () => ownerIn(text));
    const place = { file, line: lineOf(text, /^\s*"?owner"?\s*[=:]/) };
    return [
      { kind: 'package', folder, ...(typeof owner === 'string' && owner ? { owner } : {}), place, parts: [] },
    ];
  }
  return [];
}

function ownerInToml(text: string): unknown {
  if (!text.includes('tool.fabrica')) return undefined;
  return (parse(text) as { tool?: { fabrica?: { owner?: unknown } } }).tool?.fabrica?.owner;
}

function ownerInJson(text: string): unknown {
  return (JSON.parse(text) as { fabrica?: { owner?: unknown } }).fabrica?.owner;
}

function tryTo<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new FabricaError('bad-manifest', `${file}: ${(error as Error).message}`, {
      place: { file },
      cause: error,
    });
  }
}

function lineOf(text: string, pattern: RegExp): number | undefined {
  const index = text.split('\n').findIndex((line) => pattern.test(line));
  return index < 0 ? undefined : index + 1;
}

import { refuse, type Finding, type Spot } from './findings';
import { moveToPackage, usesHint } from './import-rules';
import type { Places } from './places';
import { folderOf, textOf, type SourceFile, type UnitSource } from './source';
import type { Event } from './uses';
import {
  isAddress,
  isInside,
  isOwnRepository,
  normalPath,
  pinOf,
  unitAt,
  unitInRepository,
  unitWithin,
  type Unit,
  type World,
} from './world';
import { zoneOf } from './zones';

/** What a rule about paths needs to know. */
export interface PathContext {
  readonly source: UnitSource;
  readonly places: Places;
  readonly world: World;
}

/** Where a path leads that leaves the unit: a unit's folder where it names one. */
export interface Way {
  readonly path: string;
  readonly to?: Unit;
}

/**
 * Where a path that stands in a file leads, when it leaves the unit. It may be meant from the file's folder or from
 * the unit's: what exists in the unit from either is no way out. Of addresses, those of this repository lead out.
 */
export function wayOut(
  { source, places, world }: PathContext,
  file: string,
  written: string,
): Way | undefined {
  const path = written
    .replaceAll('\\', '/')
    .replace(/^file:(\/\/)?/, '')
    .trim();
  if (path === '' || path.startsWith('~')) return undefined;
  const { folder } = source.unit;
  if (isAddress(path)) {
    const named = unitInRepository(world, path);
    return isOwnRepository(world, path) && named?.folder !== folder
      ? { path: written, to: named }
      : undefined;
  }
  const meant = path.startsWith('/')
    ? []
    : [folderOf(file), ''].map((base) => normalPath(`${folder}/${base}/${path}`));
  const inside = meant.filter((one) => isInside(folder, one)).map((one) => one.slice(folder.length + 1));
  if (inside.some((one) => places.has(one))) return undefined;
  const outside = meant.find((one) => !isInside(folder, one));
  const to =
    (outside === undefined ? undefined : unitAt(world, outside)) ?? unitNamedIn(world, source.unit, path);
  if (outside === undefined && !to) return undefined;
  return { path: written, to: to?.folder === folder ? undefined : to };
}

/** The other unit whose folder a path names: `projects/bikes` in it, or a segment `bikes`. */
function unitNamedIn(world: World, own: Unit, path: string): Unit | undefined {
  const whole = unitWithin(world, path);
  if (whole) return whole.folder === own.folder ? undefined : whole;
  for (const part of path.split('/')) {
    const found = world.byFolder.get(`projects/${part}`);
    if (found && found.folder !== own.folder) return found;
  }
  return undefined;
}

/** `path`: what a Python file or a notebook does to reach into another folder. */
export function eventRules(context: PathContext, events: readonly Event[]): Finding[] {
  return events.flatMap(({ what, spot }) => {
    if (what.kind === 'path') return fromWritten(context, spot, what.what, candidates(what.literals));
    if (what.kind === 'run' || what.kind === 'install')
      return fromWritten(context, spot, what.words[0] as string, what.words.slice(1).flatMap(wordPaths));
    return [];
  });
}

/** What of a command's word is a path: `--editable=../bikes`, `bikes@../bikes`, `../bikes[extra]`. */
function wordPaths(word: string): string[] {
  const value = word
    .replace(/^--?[\w-]+=/, '')
    .replace(/^[\w.-]+\s*@\s*/, '')
    .replace(/\[[\w,-]*\]$/, '');
  return value.startsWith('-') || !/[/\\]|^\.\.$/.test(value) ? [] : [value];
}

/** The paths that the strings of a line may make up: each, and those that follow each other joined. */
function candidates(literals: readonly string[]): string[] {
  const parts = literals.flatMap((literal) => literal.split(/[:;]/)).filter((part) => part !== 'PYTHONPATH');
  const joined = parts.length > 1 ? [parts.join('/')] : [];
  return [...joined, ...parts];
}

/** One finding for a line, whatever number of its strings lead out. */
function fromWritten(context: PathContext, spot: Spot, by: string, written: readonly string[]): Finding[] {
  const first = written.map((path) => wayOut(context, spot.path, path)).filter((way) => way !== undefined);
  const way = first.find(({ to }) => to) ?? first[0];
  if (!way || isAllowed(context, spot, way)) return [];
  return [pathFinding(context, spot, by, way)];
}

/** Experiments may use the projects that fabrica.yaml names. */
function isAllowed({ source }: PathContext, { path }: Spot, { to }: Way): boolean {
  return (
    zoneOf(path) === 'experiment' &&
    to?.kind === 'project' &&
    source.settings?.uses.includes(to.name) === true
  );
}

/** A finding of the rule `path`. */
export function pathFinding({ source }: PathContext, spot: Spot, by: string, { path, to }: Way): Finding {
  const where = to
    ? `${path}, which leads to ${to.folder}`
    : `${path}, which leads out of ${source.unit.folder}`;
  return refuse('path', spot, `${by} names ${where}`, hintOf(source, spot, path, to));
}

function hintOf(
  { unit, settings }: UnitSource,
  { path }: Spot,
  target: string,
  to: Unit | undefined,
): string {
  if (!to) return `copy what is needed into ${unit.folder}, or take this line out`;
  if (to.kind === 'package')
    return `add "${pinOf(to)}" to dependencies in ${unit.folder}/pyproject.toml, then: npx nx run ${unit.name}:lock`;
  if (unit.kind === 'project' && zoneOf(path) === 'experiment')
    return usesHint(unit, settings?.uses ?? [], to);
  if (target.startsWith(`${to.folder}/data`))
    return `copy the data into ${unit.folder}, or read it from the store or the warehouse`;
  return moveToPackage(to);
}

/** `path` of symbolic links that lead out of the unit. */
export function linkRules(context: PathContext): Finding[] {
  return context.source.links.map(({ path, target }) => {
    const way = { path: target, to: target.startsWith('/') ? undefined : unitAt(context.world, target) };
    return pathFinding(context, { path }, 'a symbolic link', way);
  });
}

/** `path` of `.pth` files, whose lines Python puts on its path. */
export function pthRules(context: PathContext, file: SourceFile): Finding[] {
  return textOf(file)
    .split('\n')
    .flatMap((line, index) => {
      const written = line.trim();
      if (written === '' || written.startsWith('#') || /^import\s/.test(written)) return [];
      return fromWritten(context, { path: file.path, line: index + 1 }, 'a .pth file', [written]);
    });
}

/** `path` of a PYTHONPATH that a file of another kind sets. */
export function pythonPathRules(context: PathContext, spot: Spot, value: string): Finding[] {
  const parts = value.split(/[:;]/).filter((part) => !part.startsWith('$'));
  return fromWritten(context, spot, 'PYTHONPATH', parts);
}

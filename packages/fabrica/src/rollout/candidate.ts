import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse, stringify } from 'smol-toml';
import type { Wheel } from '../python/build';
import { pythonPackage, type PythonPackage } from '../python/packages';
import { readPyproject, type StatedRequirement } from '../python/pyproject';
import { LOCK, normalise, parseRequirement, readLock } from '../python/requirements';
import { siblingsOf } from '../python/siblings';
import type { ToolOptions } from '../python/uv';
import { satisfies } from '../python/versions';
import { buildPackage } from '../registries/build-package';
import { readRecord } from '../registries/records';
import { NotAllowed, type Change } from './copy';

/** A package as it is in the working tree, built. */
export interface Candidate extends PythonPackage {
  readonly wheel: Wheel;
}

/**
 * Builds a package as it is in the working tree, and those that it builds on where they are not what was released: it
 * is developed against these, and a release raises what it asks of them.
 *
 * @returns the package first
 */
export async function buildCandidates(
  root: string,
  folder: string,
  into: string,
  options: ToolOptions,
): Promise<[Candidate, ...Candidate[]]> {
  const built = async (unit: PythonPackage): Promise<Candidate> => {
    const home = join(into, unit.name);
    mkdirSync(home, { recursive: true });
    return { ...unit, wheel: (await buildPackage(root, unit.folder, { ...options, into: home })).wheel };
  };
  const own = await built(pythonPackage(root, folder));
  const siblings: Candidate[] = [];
  for (const unit of siblingsOf(root, folder)) siblings.push(await built(unit));
  return [own, ...siblings.filter((one) => !isReleased(root, one))];
}

function isReleased(root: string, { folder, version, wheel }: Candidate): boolean {
  return readRecord(root, folder, version)?.files[wheel.file] === wheel.sha256;
}

/** Puts candidates into a project in the place of what its lock has. */
export function candidateChange(candidates: readonly Candidate[]): Change {
  return {
    // A candidate may have the version that is locked, and other bytes.
    upgrade: candidates.map(({ distribution }) => distribution),
    edit(at, text) {
      const locked = new Set(readLock(at, LOCK)?.map(({ name }) => name));
      const ships = candidates.some(({ distribution }) => locked.has(distribution));
      return candidates.reduce((some, candidate) => withCandidate(at, some, candidate, ships), text);
    },
  };
}

/** A TOML file as the parser gives it. */
interface Document {
  project: { dependencies?: string[] };
  'dependency-groups'?: Record<string, unknown[]>;
  tool?: { uv?: { sources?: Record<string, unknown> } };
}

/** @param ships whether production has it, where only another package asks for it */
function withCandidate(
  at: string,
  text: string,
  { distribution, version, wheel }: Candidate,
  ships: boolean,
): string {
  const { dependencies, dev, file } = readPyproject(at);
  refuseOutside([...dependencies, ...dev], { distribution, version, file });
  const url = pathToFileURL(wheel.path).href;
  const document = parse(text) as unknown as Document;
  let isStated = false;
  const replaced = <T>(stated: T): T | string => {
    const requirement = typeof stated === 'string' ? parseRequirement(stated) : undefined;
    if (requirement?.name !== distribution) return stated;
    isStated = true;
    return inPlaceOf(requirement, url);
  };
  const { project, tool, 'dependency-groups': groups = {} } = document;
  project.dependencies = (project.dependencies ?? []).map(replaced);
  for (const [name, group] of Object.entries(groups)) groups[name] = group.map(replaced);
  if (!isStated) demand(document, `${distribution} @ ${url}`, ships);
  for (const name of Object.keys(tool?.uv?.sources ?? {}))
    if (normalise(name) === distribution) delete tool?.uv?.sources?.[name];
  return stringify(document);
}

/** Extras and markers stay. */
function inPlaceOf(
  { name, extras, marker }: { name: string; extras: readonly string[]; marker?: string },
  url: string,
) {
  return `${name}${extras.length ? `[${extras.join(',')}]` : ''} @ ${url}${marker ? ` ; ${marker}` : ''}`;
}

function demand(document: Document, requirement: string, ships: boolean): void {
  if (ships) return void document.project.dependencies?.push(requirement);
  const { dev = [], ...groups } = document['dependency-groups'] ?? {};
  document['dependency-groups'] = { ...groups, dev: [...dev, requirement] };
}

/**
 * A pin (`==`) is moved, as a roll-out moves it. A range is what the project allows.
 *
 * @throws NotAllowed
 */
function refuseOutside(
  stated: readonly StatedRequirement[],
  { distribution, version, file }: { distribution: string; version: string; file: string },
): void {
  for (const { name, specifier, text, line } of stated) {
    if (name !== distribution || /^===?[^*]*$/.test(specifier) || satisfies(version, specifier)) continue;
    throw new NotAllowed('not-allowed', `${text} does not allow ${version}`, { place: { file, line } });
  }
}

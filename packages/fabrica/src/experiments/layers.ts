import { join } from 'node:path';
import { checkLock } from '../python/check-lock';
import { readPyproject, type StatedRequirement } from '../python/pyproject';
import { DEV_LOCK, LOCK, readLock, type Pin } from '../python/requirements';
import { satisfies } from '../python/versions';
import { readSettings } from '../workspace';
import { HOMES } from '../workspace/layout';

/** A project that takes part in an experiment, with what it pins. The one that experiments comes first. */
export interface Layer {
  readonly name: string;
  /** Relative to the workspace: `projects/bikes`. */
  readonly folder: string;
  readonly pins: readonly Pin[];
}

/** A distribution that two projects pin at other versions. An environment holds one of them. */
export interface Conflict {
  readonly name: string;
  /** The version that experiments have, and the project whose it is. */
  readonly taken: PinnedBy;
  /** The version that they don't have. */
  readonly left: PinnedBy;
  /** What the other project says in its pyproject.toml, when that doesn't allow the version that is taken. */
  readonly refusedBy?: StatedRequirement & { readonly file: string };
}

export interface PinnedBy {
  readonly project: string;
  readonly version: string;
}

/** Names of the projects that the experiments of a project use, as its fabrica.yaml lists them. */
export function usedProjects(root: string, folder: string): readonly string[] {
  return readSettings(root, folder).experiments?.uses ?? [];
}

/**
 * The projects of an experiment with their pins: of the project itself those of development, of the others those of
 * production.
 *
 * @throws FabricaError `lock-missing`, `lock-stale`, `no-pyproject`
 */
export function readLayers(root: string, folder: string): Layer[] {
  const uses = usedProjects(root, folder).map((name) => `${HOMES.project}/${name}`);
  return [folder, ...uses].map((one, index) => {
    checkLock(root, one);
    const pins = readLock(join(root, one), index ? LOCK : DEV_LOCK) ?? [];
    return { name: one.split('/').at(-1) as string, folder: one, pins };
  });
}

/**
 * The pins that all of them make together: what a layer doesn't pin comes from the first one after it that does.
 * A pin for some platforms alone doesn't keep out the same version for others.
 */
export function mergedPins(layers: readonly Layer[]): Pin[] {
  const merged = new Map<string, readonly Pin[]>();
  for (const { pins } of layers) {
    for (const [name, found] of byName(pins)) {
      const present = merged.get(name) ?? [];
      const fitting = present.length ? found.filter((pin) => hasVersion(present, pin)) : found;
      merged.set(name, [...present, ...fitting.filter((pin) => !present.some((one) => isSame(one, pin)))]);
    }
  }
  return [...merged.values()].flat();
}

/** The pins that layers make together, as a lock. */
export function mergedLock(layers: readonly Layer[]): string {
  const line = ({ name, version, marker, hashes }: Pin): string =>
    [
      `${name}==${version}${marker ? ` ; ${marker}` : ''}`,
      ...hashes.map((hash) => `--hash=sha256:${hash}`),
    ].join(' \\\n    ');
  return mergedPins(layers)
    .map((pin) => `${line(pin)}\n`)
    .join('');
}

/** The distributions that layers pin at other versions than those which {@link mergedPins} has. */
export function conflicts(root: string, layers: readonly Layer[]): Conflict[] {
  const taken = new Map<string, { readonly layer: Layer; readonly pins: readonly Pin[] }>();
  const found: Conflict[] = [];
  for (const layer of layers) {
    for (const [name, pins] of byName(layer.pins)) {
      const first = taken.get(name);
      if (!first) taken.set(name, { layer, pins });
      else if (!pins.every((pin) => hasVersion(first.pins, pin)))
        found.push({
          name,
          taken: pinnedBy(first.layer, first.pins),
          left: pinnedBy(layer, pins),
          refusedBy: refusal(root, layer, name, first.pins),
        });
    }
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function refusal(root: string, { folder }: Layer, name: string, pins: readonly Pin[]): Conflict['refusedBy'] {
  const { dependencies, file } = readPyproject(join(root, folder));
  const stated = dependencies.find(
    (one) => one.name === name && !pins.some((pin) => satisfies(pin.version, one.specifier)),
  );
  return stated && { ...stated, file };
}

function pinnedBy({ name }: Layer, pins: readonly Pin[]): PinnedBy {
  return { project: name, version: [...new Set(pins.map(({ version }) => version))].join(', ') };
}

function hasVersion(pins: readonly Pin[], { version }: Pin): boolean {
  return pins.some((pin) => pin.version === version);
}

function isSame(one: Pin, other: Pin): boolean {
  return one.version === other.version && one.marker === other.marker;
}

function byName(pins: readonly Pin[]): Map<string, Pin[]> {
  const found = new Map<string, Pin[]>();
  for (const pin of pins) found.set(pin.name, [...(found.get(pin.name) ?? []), pin]);
  return found;
}

import { join } from 'node:path';
import { readIfThere } from '../support/files';

/** One line of a lock: a distribution, its version, and the hashes of the files that may be installed. */
export interface Pin {
  /** Normalised: `fabrica-storage`. */
  readonly name: string;
  readonly version: string;
  /** sha256, bare hex. */
  readonly hashes: readonly string[];
  /** The marker after `;`, when the pin is for some platforms or Pythons only. */
  readonly marker?: string;
  /** Counted from 1. */
  readonly line: number;
}

/** The locks of a project or package: what production installs, and what development adds to it. */
export const LOCK = 'requirements.txt';
export const DEV_LOCK = 'requirements-dev.txt';
export type LockName = typeof LOCK | typeof DEV_LOCK;

/** A distribution's name as indexes compare it (PEP 503): `Fabrica.Storage_X` is `fabrica-storage-x`. */
export function normalise(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

const PIN = /^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*(.*?))?\s*\\?$/;
const HASH = /--hash=sha256:([0-9a-f]{64})/g;

/** The pins of a lock in pip's format, as `uv pip compile` and pip-tools write it, or by hand on one line. */
export function parseLock(text: string): Pin[] {
  const pins: { -readonly [K in keyof Pin]: Pin[K] extends readonly string[] ? string[] : Pin[K] }[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    const hashes = [...line.matchAll(HASH)].map(([, hash]) => hash as string);
    if (/^\s/.test(line)) pins.at(-1)?.hashes.push(...hashes);
    const match = PIN.exec(line.replace(/\s(?:--hash=|#).*$/, ''));
    if (!match) return;
    const [, name, version, marker] = match as unknown as [string, string, string, string | undefined];
    pins.push({ name: normalise(name), version, hashes, marker, line: index + 1 });
  });
  return pins;
}

/** The version that each distribution is pinned to; several, for several platforms or Pythons: `1.4.0, 2.0.0`. */
export function versionsIn(pins: readonly Pin[]): Map<string, string> {
  const versions = new Map<string, string>();
  for (const { name, version } of pins)
    versions.set(name, versions.has(name) ? `${versions.get(name)}, ${version}` : version);
  return versions;
}

/** The pins of a lock file; undefined when there is none. */
export function readLock(folder: string, name: LockName): Pin[] | undefined {
  const text = readIfThere(join(folder, name));
  return text === undefined ? undefined : parseLock(text);
}

/** A requirement as pyproject.toml states it: `pandas[parquet]>=2.2 ; python_version < "3.13"`. */
export interface Requirement {
  readonly name: string;
  /** Normalised and sorted. */
  readonly extras: readonly string[];
  readonly specifier: string;
  /** Where it comes from, when it names that instead of a version. */
  readonly url?: string;
  readonly marker?: string;
}

const REQUIREMENT =
  /^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*(?:@\s*(\S+)|\(?([^;()]*)\)?)?\s*(?:;\s*(.*))?$/;

/** Reads a requirement (PEP 508); undefined when it isn't one. */
export function parseRequirement(text: string): Requirement | undefined {
  const match = REQUIREMENT.exec(text);
  if (!match) return undefined;
  const [, name, extras = '', url, specifier = '', marker] = match as unknown as [
    string,
    string,
    ...string[],
  ];
  return {
    name: normalise(name),
    extras: namesIn(extras),
    specifier: url ? '' : specifier.trim(),
    url,
    marker,
  };
}

function namesIn(extras: string): string[] {
  const names = extras.split(',').map((extra) => normalise(extra.trim()));
  return [...new Set(names.filter(Boolean))].sort();
}

/** One text for all ways to write a requirement: `Pandas [sql] >=2, <3` and `pandas[sql]<3,>=2` are the same. */
export function canonical({ name, extras, specifier, url, marker }: Requirement): string {
  const version = url ? `@${url}` : canonicalSpecifier(specifier);
  const condition = marker && `;${marker.trim().replaceAll("'", '"').replaceAll(/\s+/g, ' ')}`;
  return `${name}[${extras.join(',')}]${version}${condition ?? ''}`;
}

export function canonicalSpecifier(specifier: string): string {
  const clauses = specifier.split(',').map((clause) => clause.replaceAll(/\s+/g, ''));
  return [...new Set(clauses.filter(Boolean))].sort().join(',');
}

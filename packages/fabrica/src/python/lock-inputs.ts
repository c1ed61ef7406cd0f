import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readIfThere, writeAtomically } from '../support/files';
import { kindOf } from './packages';
import { readPyproject, type Pyproject } from './pyproject';
import {
  canonical,
  canonicalSpecifier,
  DEV_LOCK,
  LOCK,
  normalise,
  parseRequirement,
  type LockName,
  type Requirement,
} from './requirements';
import { siblingsOf } from './siblings';

const LINE = /^# inputs: sha256:([0-9a-f]{64})\r?\n/;

/** What the first line of a lock says that it was made from; undefined for one that another tool wrote. */
export function statedInputs(text: string): string | undefined {
  return LINE.exec(text)?.[1];
}

/** A lock without the line that says what it was made from: what is installed. */
export function withoutInputs(text: string): string {
  return text.replace(LINE, '');
}

/** Writes what the locks of a folder were made from into their first lines. */
export function stateInputs(root: string, folder: string): void {
  for (const [name, digest] of lockInputs(root, folder)) {
    const file = join(root, folder, name);
    writeAtomically(file, `# inputs: sha256:${digest}\n${withoutInputs(readIfThere(file) ?? '')}`);
  }
}

/**
 * A digest, by lock, of all that decides what is in it, beside the pins that it had: an extra, a marker, a
 * dependency that is gone, a constraint of `[tool.uv]`. How a requirement is written, and where it stands, makes no difference.
 */
export function lockInputs(root: string, folder: string): Map<LockName, string> {
  const pyproject = readPyproject(join(root, folder));
  const production = {
    python: canonicalSpecifier(pyproject.requiresPython),
    dependencies: canonicalList(pyproject.dependencies),
    ...uvInputs(pyproject),
  };
  const development = { ...production, dev: canonicalList(pyproject.dev) };
  if (kindOf(folder) === 'project')
    return new Map([
      [LOCK, digest(production)],
      [DEV_LOCK, digest(development)],
    ]);
  const extras = Object.values(pyproject.extras).flat();
  const siblings = siblingInputs(root, folder, pyproject);
  return new Map([[DEV_LOCK, digest({ ...development, extras: canonicalList(extras), siblings })]]);
}

/** What has no bearing on a lock. Of all else we don't know it: a lock too many is better than one that is wrong. */
const NO_BEARING = ['managed', 'package', 'build-backend', 'cache-keys', 'default-groups', 'workspace'];

/**
 * What `[tool.uv]` says of a lock: constraints, overrides, platforms, … Nothing where it says nothing, so that the
 * digest of such a folder is the one that it always was.
 */
function uvInputs({ uv, paths, indexed }: Pyproject): { uv?: string } {
  // Sources that are folders are siblings; those of the private index are checked against it.
  const told = (name: string): boolean => name in paths || indexed.includes(normalise(name));
  const { sources = {}, ...settings } = uv;
  const entries = [
    ...Object.entries(settings).filter(([key]) => !NO_BEARING.includes(key)),
    ...Object.entries(sources as object)
      .filter(([name]) => !told(name))
      .map(([name, source]) => [`sources.${name}`, source] as const),
  ];
  return entries.length ? { uv: JSON.stringify(Object.fromEntries(entries), inOrder) } : {};
}

/** For JSON.stringify: in what order keys and requirements stand makes no difference. */
function inOrder(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return key.endsWith('-dependencies') ? value.map(canonicalText).sort() : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function canonicalText(stated: unknown): unknown {
  const requirement = typeof stated === 'string' ? parseRequirement(stated) : undefined;
  return requirement ? canonical(requirement) : stated;
}

/** What the packages that a package develops against bring: what they need, and what the extras that are used do. */
function siblingInputs(root: string, folder: string, pyproject: Pyproject): Record<string, string[]> {
  const siblings = siblingsOf(root, folder).map((sibling) => ({
    ...sibling,
    pyproject: readPyproject(join(root, sibling.folder)),
  }));
  const stated = [...pyproject.dev, ...[pyproject, ...siblings.map((one) => one.pyproject)].flatMap(allOf)];
  const used = (name: string) =>
    stated.filter((one) => one.name === name).flatMap((requirement) => requirement.extras);
  return Object.fromEntries(
    siblings
      .map(({ folder: place, distribution, pyproject: { dependencies, extras } }) => {
        const more = used(distribution).flatMap((extra) => extras[extra] ?? []);
        return [place, canonicalList([...dependencies, ...more])] as const;
      })
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function allOf({ dependencies, extras }: Pyproject): Requirement[] {
  return [...dependencies, ...Object.values(extras).flat()];
}

function canonicalList(requirements: readonly Requirement[]): string[] {
  return [...new Set(requirements.map(canonical))].sort();
}

function digest(inputs: object): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

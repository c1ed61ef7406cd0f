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
  type LockName,
  type Requirement,
} from './requirements';
import { siblingsOf } from './siblings';

const LINE = /^# inputs: sha256:([0-9a-f]{64})\r?\n/;

/** What the first line of a lock says that it was made from; undefined for one that another tool wrote. */
export function statedInputs(text: string): string | undefined {
  return LINE.exec(text)?.[1];
}

/** Writes what the locks of a folder were made from into their first lines. */
export function stateInputs(root: string, folder: string): void {
  for (const [name, digest] of lockInputs(root, folder)) {
    const file = join(root, folder, name);
    writeAtomically(file, `# inputs: sha256:${digest}\n${(readIfThere(file) ?? '').replace(LINE, '')}`);
  }
}

/**
 * A digest, by lock, of all that decides what is in it, beside the pins that it had: an extra, a marker, a
 * dependency that is gone. How a requirement is written, and where it stands, makes no difference.
 */
export function lockInputs(root: string, folder: string): Map<LockName, string> {
  const pyproject = readPyproject(join(root, folder));
  const production = {
    python: canonicalSpecifier(pyproject.requiresPython),
    dependencies: canonicalList(pyproject.dependencies),
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

import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { normalise, parseLock } from '../../../python/requirements';
import { isVersion } from '../../../python/versions';
import { pypiName } from '../names/pypi-name';
import { table } from './toml';
import type { Manifest, ReadFile } from './types';

/** What each kind of lock says: names and versions. */
const READERS: readonly (readonly [RegExp, (text: string) => (readonly [unknown, unknown])[]])[] = [
  [/^(poetry|uv|pdm)\.lock$/, (text) => packages(parseToml(text).package)],
  [/^Pipfile\.lock$/, pipfileLock],
  [/^conda-lock\.ya?ml$/, (text) => packages(table(parseYaml(text)).package).map(fromConda)],
  [/^conda[\w-]*\.lock$|^explicit[\w-]*\.txt$/, explicit],
];

/**
 * The versions that a project ran with, by its locks: what it was tested with is the first choice of the new lock. A
 * lock that can't be read says nothing; what it said is no more than advice.
 */
export function lockedVersions(
  paths: readonly string[],
  read: ReadFile,
  manifests: readonly Manifest[],
): Map<string, string> {
  const found = paths.flatMap((path) =>
    READERS.filter(([name]) => name.test(path)).flatMap(([, reader]) => tried(reader, read(path) ?? '')),
  );
  const pinned = manifests
    .filter(({ isLock }) => isLock)
    .flatMap(({ dependencies }) =>
      dependencies.flatMap(({ text }) =>
        parseLock(text).map(({ name, version }) => [name, version] as const),
      ),
    );
  const all = [...found, ...pinned].flatMap(([name, version]) => {
    const exact = typeof version === 'string' ? version.replace(/^==/, '') : '';
    return typeof name === 'string' && isVersion(exact) ? [[normalise(name), exact] as const] : [];
  });
  return new Map(all);
}

function tried<T>(reader: (text: string) => T[], text: string): T[] {
  try {
    return reader(text);
  } catch {
    return [];
  }
}

function packages(list: unknown): [unknown, unknown][] {
  return Array.isArray(list) ? list.map(table).map(({ name, version }) => [name, version]) : [];
}

function fromConda([name, version]: readonly [unknown, unknown]): [unknown, unknown] {
  return [pypiName(String(name)).name?.replace(/\[.*/, ''), version];
}

function pipfileLock(text: string): [unknown, unknown][] {
  const { default: production, develop } = table(JSON.parse(text));
  return Object.entries({ ...table(develop), ...table(production) }).map(([name, one]) => [
    name,
    table(one).version,
  ]);
}

/** `conda list --explicit`: an address for each package, which ends in its name, version and build. */
function explicit(text: string): [unknown, unknown][] {
  return [...text.matchAll(/\/([\w.-]+)-([\w.]+)-[\w.]+\.(?:conda|tar\.bz2)/g)].map(([, name, version]) =>
    fromConda([name, version]),
  );
}

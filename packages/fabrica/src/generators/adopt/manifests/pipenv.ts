import { normalise } from '../../../python/requirements';
import { isVersion } from '../../../python/versions';
import { FabricaError, messageOf } from '../../../support/errors';
import { relaxed } from './constraints';
import { requirementText, sourceProblem } from './requirements';
import { lineOf, readToml, strings, table, text, type Table } from './toml';
import type { Dependency, Left, Manifest, ReadFile } from './types';

export const PIPFILE = 'Pipfile';
export const PIPFILE_LOCK = 'Pipfile.lock';

/** The keys of an entry that are markers: `sys_platform = "== 'win32'"`. */
const MARKERS = ['os_name', 'sys_platform', 'platform_machine', 'python_version', 'platform_system'];

/**
 * Reads a Pipfile. Where it takes any version, the lock beside it says which one is known to work: up to the next
 * major version.
 *
 * @throws FabricaError `bad-toml`, `bad-lock`
 */
export function readPipfile(file: string, source: string, read: ReadFile): Manifest {
  const document = readToml(file, source);
  const lock = readLock(read(PIPFILE_LOCK));
  const [dependencies, left]: [Dependency[], Left[]] = [[], []];
  for (const [section, part, group] of [
    ['packages', 'default', undefined],
    ['dev-packages', 'develop', 'dev'],
  ] as const)
    for (const [name, value] of Object.entries(table(document[section]))) {
      const place = { file, line: lineOf(source, name, section) };
      const entry = typeof value === 'string' ? { version: value } : table(value);
      if (entry.path === '.') continue;
      const found = requirement(name, entry, text(table(table(lock[part])[normalise(name)]).version));
      if (found === undefined)
        left.push({
          what: `${name} = ${JSON.stringify(value)}`,
          why: sourceProblem('git' in entry ? 'git+' : ''),
          place,
        });
      else dependencies.push({ name: normalise(name), group, place, ...found });
    }
  const requires = table(document.requires);
  const python = text(requires.python_full_version) ?? text(requires.python_version);
  return {
    kind: 'Pipenv',
    file,
    python: python && `==${python.split('.').slice(0, 2).join('.')}.*`,
    dependencies,
    left: [...left, ...sourcesOf(file, source, document)],
    reads: [PIPFILE_LOCK],
  };
}

function readLock(source: string | undefined): Table {
  try {
    return table(JSON.parse(source ?? '{}'));
  } catch (error) {
    throw new FabricaError('bad-lock', `this is not JSON: ${messageOf(error)}`, {
      place: { file: PIPFILE_LOCK },
      hint: `pipenv lock, or take ${PIPFILE_LOCK} away`,
      cause: error,
    });
  }
}

function requirement(
  name: string,
  entry: Table,
  locked: string | undefined,
): { text: string; was?: string } | undefined {
  if (['git', 'path', 'file', 'hg', 'svn', 'url'].some((key) => key in entry)) return undefined;
  const stated = text(entry.version) ?? '*';
  const any = stated === '*';
  const specifier = any ? (locked && isVersion(locked.replace(/^==/, '')) ? relaxed(locked) : '') : stated;
  const marker = [
    text(entry.markers),
    ...MARKERS.flatMap((key) => (text(entry[key]) ? [`${key} ${text(entry[key])}`] : [])),
  ];
  const parts = {
    name: normalise(name),
    extras: strings(entry.extras),
    specifier: specifier.replaceAll(/\s+/g, ''),
    marker: marker.filter(Boolean).join(' and ') || undefined,
  };
  return {
    text: requirementText(parts),
    ...(any && specifier ? { was: `${name} = "*", locked at ${locked}` } : {}),
  };
}

function sourcesOf(file: string, source: string, document: Table): Left[] {
  const sources = Array.isArray(document.source) ? document.source.map(table) : [];
  return sources
    .filter(({ name }) => name !== 'pypi')
    .map(({ name, url }) => ({
      what: `source ${String(name)}: ${String(url)}`,
      why: 'the workspace says where packages come from',
      place: { file, line: lineOf(source, String(name)) },
    }));
}

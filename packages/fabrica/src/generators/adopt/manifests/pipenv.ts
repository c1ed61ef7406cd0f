import { normalise } from '../../../python/requirements';
import { requirementText, sourceProblem } from './requirements';
import { lineOf, readToml, strings, table, text, type Table } from './toml';
import type { Dependency, Left, Manifest } from './types';

/** The keys of an entry that are markers: `sys_platform = "== 'win32'"`. */
const MARKERS = ['os_name', 'sys_platform', 'platform_machine', 'python_version', 'platform_system'];

/**
 * Reads a Pipfile.
 *
 * @throws FabricaError `bad-toml` with the line
 */
export function readPipfile(file: string, source: string): Manifest {
  const document = readToml(file, source);
  const [dependencies, left]: [Dependency[], Left[]] = [[], []];
  for (const [section, group] of [
    ['packages', undefined],
    ['dev-packages', 'dev'],
  ] as const)
    for (const [name, value] of Object.entries(table(document[section]))) {
      const place = { file, line: lineOf(source, name, section) };
      const entry = typeof value === 'string' ? { version: value } : table(value);
      if (entry.path === '.') continue;
      const found = requirement(name, entry);
      if (found === undefined)
        left.push({
          what: `${name} = ${JSON.stringify(value)}`,
          why: sourceProblem('git' in entry ? 'git+' : ''),
          place,
        });
      else dependencies.push({ name: normalise(name), text: found, group, place });
    }
  const requires = table(document.requires);
  const python = text(requires.python_full_version) ?? text(requires.python_version);
  return {
    kind: 'Pipenv',
    file,
    python: python && `==${python.split('.').slice(0, 2).join('.')}.*`,
    dependencies,
    left: [...left, ...sourcesOf(file, source, document)],
  };
}

function requirement(name: string, entry: Table): string | undefined {
  if (['git', 'path', 'file', 'hg', 'svn', 'url'].some((key) => key in entry)) return undefined;
  const version = text(entry.version) ?? '*';
  const markers = [
    text(entry.markers),
    ...MARKERS.flatMap((key) => (text(entry[key]) ? [`${key} ${text(entry[key])}`] : [])),
  ];
  return requirementText({
    name: normalise(name),
    extras: strings(entry.extras),
    specifier: version === '*' ? '' : version.replaceAll(/\s+/g, ''),
    marker: markers.filter(Boolean).join(' and ') || undefined,
  });
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

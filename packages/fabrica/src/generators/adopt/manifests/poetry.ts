import { normalise } from '../../../python/requirements';
import { poetrySpecifier } from './constraints';
import { groupNamed } from './groups';
import { requirementText } from './requirements';
import { lineOf, strings, table, tableAt, text, type Table } from './toml';
import type { Dependency, Left, Manifest } from './types';

/** Reads `[tool.poetry]` of a pyproject.toml; undefined when it has none. */
export function readPoetry(file: string, source: string, document: Table): Manifest | undefined {
  const poetry = tableAt(document, 'tool', 'poetry');
  const main = table(poetry.dependencies);
  if (!Object.keys(poetry).length) return undefined;
  const found = new Findings(file, source, poetry);
  found.addAll(main, 'tool.poetry.dependencies');
  found.addAll(table(poetry['dev-dependencies']), 'tool.poetry.dev-dependencies', 'dev');
  for (const [name, group] of Object.entries(table(poetry.group)))
    found.addAll(
      table(table(group).dependencies),
      `tool.poetry.group.${name}.dependencies`,
      groupNamed(name),
    );
  found.leaveSources();
  const python = text(main.python);
  return {
    kind: 'Poetry',
    file,
    name: text(poetry.name),
    version: text(poetry.version),
    description: text(poetry.description),
    python: python && (poetrySpecifier(python) ?? python.split('||').at(-1)),
    dependencies: found.dependencies,
    left: found.left,
    roots: packagesOf(poetry).flatMap(({ from }) => text(from) ?? []),
  };
}

function packagesOf(poetry: Table): Table[] {
  return Array.isArray(poetry.packages) ? poetry.packages.map(table) : [];
}

class Findings {
  readonly dependencies: Dependency[] = [];
  readonly left: Left[] = [];

  constructor(
    private readonly file: string,
    private readonly source: string,
    private readonly poetry: Table,
  ) {}

  addAll(entries: Table, header: string, group?: string): void {
    for (const [name, value] of Object.entries(entries)) {
      if (name === 'python') continue;
      // One for each platform or Python.
      for (const one of Array.isArray(value) ? value : [value]) this.add(name, one, header, group);
    }
  }

  private add(name: string, value: unknown, header: string, group: string | undefined): void {
    const place = { file: this.file, line: lineOf(this.source, name, header) };
    const details = typeof value === 'string' ? { version: value } : table(value);
    const what = `${name} = ${JSON.stringify(value)}`;
    if (['git', 'path', 'url', 'file'].some((key) => key in details)) {
      this.left.push({ what, why: whereFrom(details), place });
      return;
    }
    const stated = text(details.version) ?? '*';
    const specifier = poetrySpecifier(stated);
    if (specifier === undefined)
      this.left.push({ what, why: 'no specifier says such a choice: any version is taken', place });
    const requirement = requirementText({
      name: normalise(name),
      extras: strings(details.extras),
      specifier: specifier ?? '',
      marker: markerOf(details),
    });
    for (const one of this.groupsOf(name, details, group))
      this.dependencies.push({ name: normalise(name), text: requirement, group: one, place });
  }

  /** What is optional belongs to the extras that name it. */
  private groupsOf(name: string, details: Table, group: string | undefined): (string | undefined)[] {
    if (details.optional !== true) return [group];
    const extras = Object.entries(table(this.poetry.extras)).filter(([, names]) =>
      strings(names).includes(name),
    );
    return extras.length ? extras.map(([extra]) => groupNamed(extra)) : ['optional'];
  }

  leaveSources(): void {
    const sources = Array.isArray(this.poetry.source) ? this.poetry.source.map(table) : [];
    const place = { file: this.file, line: lineOf(this.source, '[tool.poetry.source]') };
    for (const source of sources)
      this.left.push({
        what: `source ${String(source.name)}: ${String(source.url)}`,
        why: 'the workspace says where packages come from',
        place,
      });
  }
}

function whereFrom(details: Table): string {
  return 'git' in details
    ? 'the lock pins files by their hashes, which a repository has none of: take a release, or build a package of it'
    : 'production installs from indexes alone: take a release, or build a package of it';
}

/** `markers`, and what `python` and `platform` say, as one marker. */
function markerOf(details: Table): string | undefined {
  const python = text(details.python);
  const clauses = python ? (poetrySpecifier(python) ?? '').split(',').filter(Boolean) : [];
  const parts = [
    text(details.markers),
    text(details.platform) && `sys_platform == "${text(details.platform)}"`,
    ...clauses.map((clause) => clause.replace(/^([<>=!~]+)(.*)$/, 'python_version $1 "$2"')),
  ].filter(Boolean);
  if (parts.length < 2) return parts[0] || undefined;
  return parts.map((part) => (part?.includes(' or ') ? `(${part})` : part)).join(' and ');
}

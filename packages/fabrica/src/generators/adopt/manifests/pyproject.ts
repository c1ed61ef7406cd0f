import { normalise, parseRequirement } from '../../../python/requirements';
import { specifierProblem } from '../../../python/versions';
import { groupNamed } from './groups';
import { readPoetry } from './poetry';
import { readRequirements, sourceProblem, tidy } from './requirements';
import { lineOf, readToml, strings, table, tableAt, text, type Table } from './toml';
import type { Dependency, Left, Manifest, ReadFile } from './types';

/** Tools whose settings the house has, or that built what is built no more. */
const OURS = new Set(
  ['poetry', 'setuptools', 'setuptools_scm', 'setuptools-scm', 'hatch', 'flit', 'pdm', 'uv', 'ruff'].concat([
    ...[
      'basedpyright',
      'pyright',
      'pytest',
      'poetry-dynamic-versioning',
      'maturin',
      'scikit-build',
      'rye',
      'semantic_release',
      'bumpversion',
      'bumpver',
      'tbump',
      'commitizen',
      'cibuildwheel',
    ],
  ]),
);

/**
 * Reads a pyproject.toml: PEP 621, groups (PEP 735), Poetry.
 *
 * @throws FabricaError `bad-toml` with the line
 */
export function readPyprojectOf(file: string, source: string, read: ReadFile): Manifest {
  const document = readToml(file, source);
  const standard = readStandard(file, source, document, read);
  const poetry = readPoetry(file, source, document);
  const both = poetry
    ? {
        ...standard,
        ...poetry,
        name: standard.name ?? poetry.name,
        version: standard.version ?? poetry.version,
        description: standard.description ?? poetry.description,
        python: standard.python ?? poetry.python,
        dependencies: [...standard.dependencies, ...poetry.dependencies],
        left: [...standard.left, ...poetry.left],
      }
    : standard;
  const tools = Object.entries(table(document.tool)).filter(([name]) => !OURS.has(name));
  return {
    ...both,
    pytest: tableAt(document, 'tool', 'pytest', 'ini_options'),
    tools: Object.fromEntries(tools),
  };
}

function readStandard(file: string, source: string, document: Table, read: ReadFile): Manifest {
  const project = table(document.project);
  const found = new Findings(file, source);
  found.add(strings(project.dependencies));
  const dynamic = readDynamic(document, read);
  for (const [extra, entries] of Object.entries(table(project['optional-dependencies'])))
    found.add(strings(entries), groupNamed(extra));
  for (const [group, entries] of Object.entries(table(document['dependency-groups'])))
    found.add(strings(entries), groupNamed(group));
  for (const entries of Object.values(tableAt(document, 'tool', 'pdm', 'dev-dependencies')))
    found.add(strings(entries), 'dev');
  found.add(strings(tableAt(document, 'tool', 'uv')['dev-dependencies']), 'dev');
  const own = text(project.name) && normalise(String(project.name));
  return {
    kind: 'pyproject',
    file,
    name: text(project.name),
    version: text(project.version),
    description: text(project.description),
    python: text(project['requires-python']),
    // An extra may name others of the project: `all = ["churn[plots]"]`.
    dependencies: [...found.dependencies, ...dynamic.flatMap((one) => one.dependencies)].filter(
      ({ name }) => name !== own,
    ),
    left: [...found.left, ...dynamic.flatMap((one) => one.left)],
    reads: dynamic.map((one) => one.file),
    roots: setuptoolsRoots(document),
  };
}

/** What setuptools reads from other files: `dynamic = ["dependencies"]`. */
function readDynamic(document: Table, read: ReadFile): Manifest[] {
  const { file } = table(tableAt(document, 'tool', 'setuptools', 'dynamic').dependencies);
  const names = typeof file === 'string' ? [file] : strings(file);
  return names.flatMap((name) => {
    const source = read(name);
    return source === undefined ? [] : [readRequirements(name, source, read)];
  });
}

function setuptoolsRoots(document: Table): string[] {
  const setuptools = tableAt(document, 'tool', 'setuptools');
  const where = strings(tableAt(setuptools, 'packages', 'find').where);
  return [...where, text(table(setuptools['package-dir'])['']) ?? ''].filter(Boolean);
}

class Findings {
  readonly dependencies: Dependency[] = [];
  readonly left: Left[] = [];

  constructor(
    private readonly file: string,
    private readonly source: string,
  ) {}

  add(entries: readonly string[], group?: string): void {
    for (const entry of entries) {
      const place = { file: this.file, line: lineOf(this.source, entry) };
      const requirement = parseRequirement(entry);
      if (!requirement || specifierProblem(requirement.specifier) !== undefined)
        this.left.push({ what: entry, why: 'this is no requirement', place });
      else if (requirement.url) this.left.push({ what: entry, why: sourceProblem(entry), place });
      else this.dependencies.push({ name: requirement.name, text: tidy(entry), group, place });
    }
  }
}

import { basename, join } from 'node:path';
import { parse } from 'smol-toml';
import { FabricaError, messageOf } from '../support/errors';
import { readIfThere } from '../support/files';
import { normalise, parseRequirement, type Requirement } from './requirements';
import { specifierProblem } from './versions';

/** What pyproject.toml calls the private index; the address comes from the environment. */
export const INDEX = 'fabrica';

/** What locking and building need to know of a pyproject.toml. */
export interface Pyproject {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  /** `>=3.11` where the file doesn't say. */
  readonly requiresPython: string;
  readonly dependencies: readonly StatedRequirement[];
  /** The `dev` dependency group, with the groups that it includes. */
  readonly dev: readonly StatedRequirement[];
  /** `[project.optional-dependencies]`, by the normalised name of the extra. */
  readonly extras: Readonly<Record<string, readonly StatedRequirement[]>>;
  /** `[tool.uv.sources]` that are folders, by distribution name. */
  readonly paths: Readonly<Record<string, string>>;
  /** Those that `[tool.uv.sources]` takes from the private index (`{ index = "fabrica" }`), normalised. */
  readonly indexed: readonly string[];
  /** `[tool.uv]` as it stands. */
  readonly uv: Readonly<Record<string, unknown>>;
}

/** A requirement with the text and the line where the file states it. */
export interface StatedRequirement extends Requirement {
  readonly text: string;
  readonly line?: number;
}

type Table = Record<string, unknown>;

/**
 * Reads the pyproject.toml of a folder.
 *
 * @throws FabricaError `no-pyproject`, `bad-pyproject`: with the file and the line.
 */
export function readPyproject(folder: string): Pyproject {
  const file = join(folder, 'pyproject.toml');
  const text = readIfThere(file);
  if (text === undefined)
    throw new FabricaError('no-pyproject', `${file} is missing`, {
      hint: `npx nx g fabrica:project ${basename(folder)} makes a project with one`,
    });
  const document = parseToml(text, file);
  const project = table(document.project);
  const groups = table(document['dependency-groups']);
  const uv = table(table(document.tool).uv);
  const sources = table(uv.sources);
  const state = (requirements: readonly string[]) =>
    requirements.map((requirement) => stated(requirement, text, file));
  return {
    file,
    name: string(project.name, 'project.name', file),
    version: string(project.version, 'project.version', file),
    requiresPython: requiresPython(project['requires-python'], text, file),
    dependencies: state(strings(project.dependencies)),
    dev: state(expandGroup('dev', groups, file)),
    extras: Object.fromEntries(
      Object.entries(table(project['optional-dependencies'])).map(([name, requirements]) => [
        normalise(name),
        state(strings(requirements)),
      ]),
    ),
    paths: sourcePaths(sources),
    indexed: Object.keys(sources)
      .filter((name) => table(sources[name]).index === INDEX)
      .map(normalise),
    uv,
  };
}

/** The version that a pyproject.toml states, of an older commit for instance; undefined when it can't be read. */
export function versionIn(text: string): string | undefined {
  try {
    const { version } = table((parse(text) as Table).project);
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}

/** What to look for where the parser's words don't say it. */
const SLIPS: readonly (readonly [reason: string, hint: string])[] = [
  ['control characters are not allowed in strings', 'close the quote that is open there'],
  ['invalid value', 'put a text in quotes: name = "bikes"'],
  ['expected comma or end of structure', 'put a comma between the entries, and ] after the last one'],
  ['illegal character in key', 'write key = "value", or close the bracket: [project]'],
  ['trying to redefine', 'state it once'],
  ['must be followed by an end-of-line', 'write one key = "value" on a line'],
];

function parseToml(text: string, file: string): Table {
  try {
    return parse(text) as Table;
  } catch (error) {
    const { line } = error as { line?: number };
    const [said = ''] = messageOf(error).split('\n');
    const [, hint] = SLIPS.find(([reason]) => said.includes(reason)) ?? [];
    throw new FabricaError('bad-pyproject', said, { place: { file, line }, hint, cause: error });
  }
}

function table(value: unknown): Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : {};
}

function string(value: unknown, key: string, file: string): string {
  if (typeof value === 'string' && value) return value;
  throw new FabricaError('bad-pyproject', `${key} is missing`, { place: { file } });
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function expandGroup(name: string, groups: Table, file: string, within: readonly string[] = []): string[] {
  if (within.includes(name)) {
    throw new FabricaError('bad-pyproject', `dependency group ${name} includes itself`, { place: { file } });
  }
  const entries = Array.isArray(groups[name]) ? (groups[name] as unknown[]) : [];
  return entries.flatMap((entry) => {
    if (typeof entry === 'string') return [entry];
    const included = table(entry)['include-group'];
    return typeof included === 'string' ? expandGroup(included, groups, file, [...within, name]) : [];
  });
}

function requiresPython(stated: unknown, source: string, file: string): string {
  if (typeof stated !== 'string') return '>=3.11';
  const problem = specifierProblem(stated);
  if (problem === undefined) return stated;
  const index = source
    .split('\n')
    .findIndex((line) => /^\s*(project\s*\.\s*)?requires-python\s*=/.test(line));
  throw new FabricaError('bad-pyproject', `requires-python: ${problem}`, {
    place: { file, line: index < 0 ? undefined : index + 1 },
    hint: `requires-python = ">=3.11"`,
  });
}

function stated(text: string, source: string, file: string): StatedRequirement {
  const line = lineOf(text, source);
  const requirement = parseRequirement(text);
  const problem = requirement
    ? specifierProblem(requirement.specifier)
    : `"${text}" is not a requirement (like pandas>=2.2)`;
  if (!requirement || problem !== undefined)
    throw new FabricaError('bad-pyproject', requirement ? `${text}: ${problem}` : `${problem}`, {
      place: { file, line },
    });
  return { ...requirement, text, line };
}

/** The line of a string in a TOML file: the parser doesn't say, but a requirement stands there as it is, quoted. */
function lineOf(text: string, source: string): number | undefined {
  const index = source
    .split('\n')
    .findIndex((line) => line.includes(JSON.stringify(text)) || line.includes(`'${text}'`));
  return index < 0 ? undefined : index + 1;
}

function sourcePaths(sources: Table): Record<string, string> {
  const paths = Object.entries(sources).map(([name, source]) => [name, table(source).path] as const);
  return Object.fromEntries(paths.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

import { stringify } from 'smol-toml';
import { titleOf } from '../shared/text';
import type { Dependency } from './manifests';
import { isInDev } from './manifests/groups';

/** What the new pyproject.toml is made of. */
export interface NewPyproject {
  readonly name: string;
  readonly version: string;
  readonly requiresPython: string;
  readonly stated: readonly Dependency[];
  readonly constraints: readonly Dependency[];
  /** What couldn't be stated: comments, so that nobody overlooks it. */
  readonly comments: readonly string[];
  readonly pytest: Readonly<Record<string, unknown>>;
  /** Files that aren't Python 3, which no check can read. */
  readonly broken: readonly string[];
  readonly hasNotebooks: boolean;
  /** Tables of other tools, as they were. */
  readonly tools: Readonly<Record<string, unknown>>;
}

/**
 * The pyproject.toml of the house for code that was written elsewhere: its dependencies, and the house's checks so far
 * as any code passes them. What is lenient says so, and how it becomes strict.
 */
export function pyprojectText(one: NewPyproject): string {
  return [
    head(one),
    groups(one.stated),
    `[tool.uv]\nmanaged = false\n${constraints(one.constraints)}`,
    rules(one),
    pytest(one.pytest),
    ...(Object.keys(one.tools).length ? [stringify({ tool: one.tools }).replace(/^\[tool\]\n+/, '')] : []),
  ].join('\n');
}

function head({ name, version, requiresPython, stated, comments }: NewPyproject): string {
  const production = stated.filter(({ group }) => group === undefined);
  const lines = [
    ...texts(production).map((text) => `  ${quoted(text)},`),
    ...comments.map((text) => `  # ${text}`),
  ];
  return `[project]
name = ${quoted(name)}
version = ${quoted(version)}
requires-python = ${quoted(requiresPython)}
dependencies = [
${lines.map((line) => `${line}\n`).join('')}]
`;
}

function groups(stated: readonly Dependency[]): string {
  const names = [...new Set(stated.flatMap(({ group }) => group ?? []))]
    .filter((name) => name !== 'dev')
    .sort();
  const entries = (group: string) =>
    texts(stated.filter((one) => one.group === group)).map((text) => `  ${quoted(text)},`);
  const included = names.filter(isInDev).map((name) => `  { include-group = ${quoted(name)} },`);
  const list = (name: string, lines: readonly string[]) =>
    `${name} = [\n${lines.map((line) => `${line}\n`).join('')}]\n`;
  return `[dependency-groups]\n${[
    list('dev', [...entries('dev'), ...included]),
    ...names.map((name) => list(name, entries(name))),
  ].join('')}`;
}

function texts(dependencies: readonly Dependency[]): string[] {
  return [...new Set(dependencies.map(({ text }) => text))].sort();
}

function constraints(limits: readonly Dependency[]): string {
  const lines = texts(limits).map((text) => `  ${quoted(text)},\n`);
  return lines.length ? `constraint-dependencies = [\n${lines.join('')}]\n` : '';
}

/** Errors of syntax alone, so that code passes as it came: what is lenient goes when it is mended. */
function rules({ broken, hasNotebooks }: NewPyproject): string {
  const unread = [...(hasNotebooks ? ['*.ipynb'] : []), ...broken];
  const list = (names: readonly string[]) => `[${names.map(quoted).join(', ')}]`;
  return `# Lenient, since the code was written elsewhere: ADOPTED.md says how to come to the rules of the house.
[tool.ruff]
line-length = 100
${unread.length ? `extend-exclude = ${list(unread)}\n` : ''}
[tool.ruff.lint]
select = ["E9", "F63", "F7"]

[tool.ruff.format]
exclude = ["**"]

[tool.basedpyright]
typeCheckingMode = "off"
include = ["src", "tests"]
${broken.length ? `ignore = ${list(broken)}\n` : ''}venvPath = "."
venv = ".venv"
`;
}

/** Its own settings of pytest; where tests are is the layout's. */
function pytest(own: Readonly<Record<string, unknown>>): string {
  const settings = { addopts: '-ra', ...own, testpaths: ['tests'], pythonpath: ['src'] };
  const given = Object.entries(settings).map(([key, value]) => [key, listed(key, value)] as const);
  return `[tool.pytest.ini_options]\n${stringify(Object.fromEntries(given))}\n`;
}

/** In an ini file, a list is a text of lines. */
function listed(key: string, value: unknown): unknown {
  const isList = [
    'markers',
    'filterwarnings',
    'norecursedirs',
    'python_files',
    'doctest_optionflags',
  ].includes(key);
  if (!isList || typeof value !== 'string') return typeof value === 'string' ? value.trim() : value;
  const separator = key === 'markers' || key === 'filterwarnings' ? /\n/ : /\s+/;
  return value
    .split(separator)
    .map((line) => line.trim())
    .filter(Boolean);
}

function quoted(text: string): string {
  // TOML's basic strings are JSON's, but for characters that no requirement has.
  return JSON.stringify(text);
}

/** The README of a project that has none. */
export function readmeText(name: string, description: string, owner: string): string {
  return `# ${titleOf(name)}

${description}

Owner: ${owner}

## Work on it

\`\`\`
npx nx test ${name}            # the tests; the first time, this makes the environment (.venv)
npx nx lint ${name}            # errors of syntax alone, so far: ADOPTED.md says how to widen it
npx nx typecheck ${name}
\`\`\`

In VS Code, choose \`.venv\` as the interpreter; notebooks run on it too.
`;
}

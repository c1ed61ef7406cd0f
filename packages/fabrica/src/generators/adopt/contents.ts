import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { redact } from '../../support/secrets';
import { FILES, layoutPath, PYPROJECT, SCHEMA_FILE, SETTINGS } from '../../workspace';
import { docstring, titleOf } from '../shared/text';
import type { Analysis } from './analysis';
import { readPytest, type Dependency } from './manifests';
import { NOTEBOOK } from './folders';
import { metadataFile } from './metadata';
import { pyprojectText, readmeText } from './pyproject';
import { leftText, REPORT, reportText, type Report } from './report';
import { ignoring, secretsIn } from './secrets';

const GITIGNORE = FILES.gitignore.path;

/** A file of the new project. */
export interface NewFile {
  readonly content: Buffer | string;
  readonly mode?: number;
}

/** What a person says of a project. */
export interface About {
  readonly owner: string;
  readonly description?: string;
}

/** The files of the new project, by their paths in it: those that moved, and those of the house. */
export function contentsOf(analysis: Analysis, about: About, report: Report): Map<string, NewFile> {
  const { incoming, moves, rewriting } = analysis;
  const files = new Map<string, NewFile>();
  for (const { path, mode } of incoming.files) {
    const to = moves.get(path);
    if (to !== undefined)
      files.set(to, { content: rewriting.contents.get(path) ?? incoming.bytes(path), mode });
  }
  for (const [path, content] of ownFiles(analysis, about)) if (!files.has(path)) files.set(path, { content });
  const secrets = secretsIn(moves);
  const gitignore = files.get(GITIGNORE)?.content.toString() ?? '';
  if (secrets.length) files.set(GITIGNORE, { content: ignoring(gitignore, secrets) });
  return files.set(REPORT, { content: reportText(report) });
}

/** What every project has. What the project brought of these stays. */
function ownFiles(analysis: Analysis, { owner, description: said }: About): [string, string][] {
  const { name, module, manifests, hasTests, metadataUses, distribution = name, version } = analysis;
  const description = said ?? manifests.find((one) => one.description)?.description ?? `${titleOf(name)}.`;
  const init = FILES.module.path.replace('{module}', module);
  return [
    [PYPROJECT, pyproject(analysis)],
    [SETTINGS, settingsText(owner, description)],
    [FILES.readme.path, readmeText(name, description, owner)],
    [init, `"""${docstring(description)}"""\n`],
    ...(metadataUses.length ? [metadataFile(distribution, version)] : []),
    ...(hasTests
      ? []
      : [[layoutPath('test', { name: 'test_imports.py' }), importsTest(analysis)] as [string, string]]),
  ];
}

function settingsText(owner: string, description: string): string {
  const line = (text: string) => stringify(text.replaceAll(/\s+/g, ' ').trim(), { lineWidth: 0 }).trimEnd();
  return `# yaml-language-server: $schema=../../node_modules/fabrica/${SCHEMA_FILE}
owner: ${line(owner)}
description: ${line(description)}
`;
}

function importsTest({ dependencies }: Analysis): string {
  const text = readFileSync(join(__dirname, 'files', 'test_imports.py'), 'utf8');
  return text.replace('__missing__', dependencies.missing.map(({ module }) => module).join('\n    '));
}

/** The test of imports reads notebooks as IPython does. */
function neededByTest({ hasTests, dependencies }: Analysis): Dependency[] {
  const [name, group] = ['ipython', 'dev'];
  const isStated = dependencies.stated.some((one) => one.name === name && (one.group ?? group) === group);
  return hasTests || isStated ? [] : [{ name, text: name, group, place: { file: PYPROJECT } }];
}

function pyproject(analysis: Analysis): string {
  const { name, version, manifests, python, dependencies, facts, moves } = analysis;
  const own =
    manifests.find(({ pytest = {} }) => Object.keys(pytest).length)?.pytest ??
    readPytest(facts)?.settings ??
    {};
  return pyprojectText({
    name,
    version,
    requiresPython: python.requires,
    stated: [...dependencies.stated, ...pluginsOf(own, dependencies.stated), ...neededByTest(analysis)],
    constraints: dependencies.constraints,
    comments: dependencies.left.map((one) => redact(leftText(one))),
    pytest: own,
    broken: facts.broken.flatMap(({ file }) => moves.get(file) ?? []),
    hasNotebooks: [...moves.values()].some((path) => NOTEBOOK.test(path)),
    tools: manifests.find(({ kind }) => kind === 'pyproject' || kind === 'Poetry')?.tools ?? {},
  });
}

/** What pytest's settings need, and a project often has installed without saying so. */
const PLUGINS: readonly (readonly [RegExp, string])[] = [
  [/--(no-)?cov\b/, 'pytest-cov'],
  [/(^|\s)-n[ =]?(auto|\d)|--dist\b/, 'pytest-xdist'],
  [/--timeout\b/, 'pytest-timeout'],
];

function pluginsOf(pytest: Readonly<Record<string, unknown>>, stated: readonly Dependency[]): Dependency[] {
  const options = [pytest.addopts].flat().join(' ');
  return PLUGINS.filter(
    ([option, name]) => option.test(options) && !stated.some((one) => one.name === name),
  ).map(([, name]) => ({ name, text: name, group: 'dev', place: { file: PYPROJECT } }));
}

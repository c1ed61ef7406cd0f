import { basename, dirname } from 'node:path';
import { dockerfileLines, dockerignoreLines } from './dockerfile';
import { DEVCONTAINER, devcontainerKeys, isOwnDevcontainer } from './devcontainer';
import type { Facts } from './facts';
import type { Files } from './files';
import { codeownersFile, codeownersLines } from './owners';
import { EXTENSIONS_KEYS, SETTINGS_KEYS, withKeys, wrongKeys, type Key } from './editor';
import { IGNORED_SECRETS } from './secret-files';
import { MARK, sectionDifference, withSection, type Difference, type Section } from './sections';

/** What the toolkit and Python's tools leave behind, wherever they run, and what holds passwords. */
const IGNORED = [
  '.fabrica/',
  '.venv/',
  '__pycache__/',
  '.pytest_cache/',
  '.ruff_cache/',
  '.ipynb_checkpoints/',
  'dist/',
  ...IGNORED_SECRETS,
];

/** What CI does with a change, once `npm ci` has run. Boundaries come after the tests, which install environments. */
const CHECKS = [
  '- run: npx nx sync:check',
  '- run: npx nx affected -t layout lint typecheck test --output-style=stream',
  '- run: npx nx affected -t boundaries --format=github --output-style=static',
];

/** A file as it should be, and what is wrong with it as it is. */
interface Change {
  /** For people: `lacks ".venv/"`. */
  readonly what: string;
  readonly line?: number;
  /** The whole text as it should be. */
  readonly text: string;
}

/** Compares a file with what the toolkit owns in it; undefined when it is as it should be. */
type Mend = (file: string, text: string | undefined, facts: Facts) => Change | undefined;

/** A kind of file of which the toolkit owns a part. */
interface Kind {
  /** Whose it is: one for the workspace, or one for each project. */
  readonly of: 'workspace' | 'project';
  /** As the documentation calls it. */
  readonly path: string;
  readonly holds: string;
  /** Where it is, when that isn't `path`. */
  readonly place?: (files: Files) => string;
  readonly mend: Mend;
}

/** All that the toolkit owns: `nx sync` mends it, the layout check compares it, the documentation lists it. */
export const OWNED: readonly Kind[] = [
  {
    of: 'workspace',
    path: '.gitignore',
    holds: 'what the toolkit and its tools leave behind, and `.env` files',
    mend: section('top', () => IGNORED),
  },
  {
    of: 'workspace',
    path: '.gitattributes',
    holds: 'notebooks: outputs stay out of git, and a diff shows cells',
    mend: section('top', () => ['*.ipynb filter=fabrica-notebook diff=fabrica-notebook']),
  },
  {
    of: 'workspace',
    path: '.github/CODEOWNERS',
    holds: 'who reviews which project and package',
    place: codeownersFile,
    // The last line that matches wins, and `* @everyone` is the first line of many.
    mend: section('bottom', codeownersLines),
  },
  {
    of: 'workspace',
    path: '.github/workflows/ci.yml',
    holds: 'where the two markers stand among the steps: the checks of what a change touches',
    mend: whereMarked(section('top', () => CHECKS)),
  },
  {
    of: 'workspace',
    path: '.vscode/settings.json',
    holds:
      'when there is such a file: two keys, the schema of `fabrica.yaml` and the projects with their `.venv`',
    mend: keys(SETTINGS_KEYS),
  },
  {
    of: 'workspace',
    path: '.vscode/extensions.json',
    holds: 'when there is such a file: recommendations, beside yours',
    mend: keys(EXTENSIONS_KEYS),
  },
  {
    of: 'project',
    path: '.gitignore',
    holds: 'the same, for a project that leaves the workspace',
    mend: section('top', () => IGNORED),
  },
  {
    of: 'project',
    path: 'Dockerfile',
    holds:
      'how the image is built; lines of yours below add to it, and a file without the section is all yours',
    mend: ifOurs(section('top', imageLines)),
  },
  {
    of: 'project',
    path: '.dockerignore',
    holds: 'that only production and tests go to Docker; without the section, all yours',
    mend: ifOurs(section('top', dockerignoreLines)),
  },
  {
    of: 'project',
    path: DEVCONTAINER,
    holds:
      'that editors open the container of `nx develop`: some keys, beside yours; one that names another container is all yours',
    mend: devcontainer,
  },
];

/** One that opens another container is a person's own. */
function devcontainer(file: string, text: string | undefined, facts: Facts): Change | undefined {
  if (text !== undefined && !isOwnDevcontainer(text)) return undefined;
  const change = keys(devcontainerKeys(file))(file, text ?? '{}\n', facts);
  return change && text === undefined ? { ...change, what: 'is not there' } : change;
}

function imageLines({ units, baseImage }: Facts, file: string): string[] {
  const folder = dirname(file);
  const parts = units.find((unit) => unit.folder === folder)?.parts ?? [];
  return dockerfileLines({ name: basename(folder), parts, base: baseImage });
}

/** A file of which a part makes no sense without the rest: somebody's own is left alone. */
function ifOurs(mend: Mend): Mend {
  return (file, text, facts) =>
    text === undefined || text.includes(MARK) ? mend(file, text, facts) : undefined;
}

/** Lines between two markers. Where there is nothing to say, no file is made. */
function section(at: Section['at'], linesOf: (facts: Facts, file: string) => readonly string[]): Mend {
  return (file, text, facts) => {
    const own = { at, lines: linesOf(facts, file) };
    if (!own.lines.length && !text?.includes(MARK)) return undefined;
    const difference = sectionDifference(file, text, own);
    if (!difference) return undefined;
    const what = text === undefined ? 'is not there' : told(difference);
    return { line: difference.line, what, text: withSection(file, text, own) };
  };
}

/** Only a person knows where in a file it belongs: no section is made where none is. */
function whereMarked(mend: Mend): Mend {
  return (file, text, facts) => (text?.includes(MARK) ? mend(file, text, facts) : undefined);
}

/** Keys of a JSON file. An editor is each person's own choice, so no file is made. */
function keys(wanted: readonly Key[]): Mend {
  return (file, text, facts) => {
    if (text === undefined) return undefined;
    const wrong = wrongKeys(file, text, wanted, facts);
    if (!wrong.length) return undefined;
    return { what: `has another ${some(wrong)} than the toolkit`, text: withKeys(file, text, wanted, facts) };
  };
}

/** A file of which the toolkit owns a part. */
export interface OwnedFile {
  /** Relative to the workspace. */
  readonly file: string;
  readonly mend: (text: string | undefined) => Change | undefined;
}

/** The toolkit's files of the workspace itself; those that git ignores are somebody's own. */
export function ownedByWorkspace(files: Files, facts: Facts): OwnedFile[] {
  return OWNED.filter((kind) => kind.of === 'workspace')
    .map((kind) => owned(kind, kind.place?.(files) ?? kind.path, facts))
    .filter(({ file }) => !file.startsWith('.vscode/') || !files.isIgnored(file));
}

/** The toolkit's files of one project. */
export function ownedByProject(folder: string, facts: Facts): OwnedFile[] {
  const kinds = OWNED.filter((kind) => kind.of === 'project');
  return kinds.map((kind) => owned(kind, `${folder}/${kind.path}`, facts));
}

function owned({ mend }: Kind, file: string, facts: Facts): OwnedFile {
  return { file, mend: (text) => mend(file, text, facts) };
}

/** A file that isn't as it should be. */
export interface Drift extends Change {
  readonly file: string;
}

/** What has drifted; empty when all is in step. */
export function driftOf(files: Files, all: readonly OwnedFile[]): Drift[] {
  return all.flatMap(({ file, mend }) => {
    const change = mend(files.read(file));
    return change ? [{ file, ...change }] : [];
  });
}

function told({ line, missing, extra }: Difference): string {
  if (line === undefined) return "has no section of the toolkit's";
  const parts = [
    missing.length ? `lacks ${some(missing)}` : '',
    extra.length ? `has ${some(extra)} between the markers, which is not the toolkit's` : '',
  ].filter(Boolean);
  return parts.join(', and ') || 'has its lines in another order';
}

function some(lines: readonly string[]): string {
  const shown = lines.slice(0, 3).map((line) => JSON.stringify(line));
  return [...shown, ...(lines.length > 3 ? [`${lines.length - 3} more`] : [])].join(', ');
}

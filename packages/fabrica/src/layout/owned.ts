import type { Facts } from './facts';
import type { Files } from './files';
import { codeownersFile, codeownersLines } from './owners';
import { sectionDifference, withSection, type Section } from './sections';

/** What the toolkit and Python's tools leave behind, wherever they run. */
const IGNORED = [
  '.fabrica/',
  '.venv/',
  '__pycache__/',
  '.pytest_cache/',
  '.ruff_cache/',
  '.ipynb_checkpoints/',
];

/** A kind of file with a section that the toolkit owns. */
interface Kind {
  /** Whose it is: one for the workspace, or one for each project. */
  readonly of: 'workspace' | 'project';
  /** As the documentation calls it. */
  readonly path: string;
  readonly holds: string;
  readonly at: Section['at'];
  /** Where it is, when that isn't `path`. */
  readonly place?: (files: Files) => string;
  readonly lines: (facts: Facts) => readonly string[];
}

/** All that the toolkit owns: `nx sync` mends it, the layout check compares it, the documentation lists it. */
export const OWNED: readonly Kind[] = [
  {
    of: 'workspace',
    path: '.gitignore',
    holds: 'what the toolkit and its tools leave behind',
    at: 'top',
    lines: () => IGNORED,
  },
  {
    of: 'workspace',
    path: '.gitattributes',
    holds: 'notebooks: outputs stay out of git, and a diff shows cells',
    at: 'top',
    lines: () => ['*.ipynb filter=fabrica-notebook diff=fabrica-notebook'],
  },
  {
    of: 'workspace',
    path: '.github/CODEOWNERS',
    holds: 'who reviews which project and package',
    // The last line that matches wins, and `* @everyone` is the first line of many.
    at: 'bottom',
    place: codeownersFile,
    lines: codeownersLines,
  },
  {
    of: 'project',
    path: '.gitignore',
    holds: 'the same, for a project that leaves the workspace',
    at: 'top',
    lines: () => IGNORED,
  },
];

/** A file with a section that the toolkit owns, and what it should hold. */
export interface OwnedFile {
  /** Relative to the workspace. */
  readonly file: string;
  readonly section: Section;
}

/** The toolkit's files of the workspace itself. */
export function ownedByWorkspace(files: Files, facts: Facts): OwnedFile[] {
  return OWNED.filter((kind) => kind.of === 'workspace')
    .map((kind) => ({ file: kind.place?.(files) ?? kind.path, section: sectionOf(kind, facts) }))
    .filter(({ file, section }) => section.lines.length || files.read(file)?.includes('# fabrica: begin'));
}

/** The toolkit's files of one project. */
export function ownedByProject(folder: string, facts: Facts): OwnedFile[] {
  return OWNED.filter((kind) => kind.of === 'project').map((kind) => ({
    file: `${folder}/${kind.path}`,
    section: sectionOf(kind, facts),
  }));
}

function sectionOf({ at, lines }: Kind, facts: Facts): Section {
  return { at, lines: lines(facts) };
}

/** A file that isn't as it should be. */
export interface Drift {
  readonly file: string;
  readonly line?: number;
  /** For people: `.venv/ is missing`. */
  readonly what: string;
  /** The whole text as it should be. */
  readonly text: string;
}

/** What has drifted; empty when all is in step. */
export function driftOf(files: Files, owned: readonly OwnedFile[]): Drift[] {
  return owned.flatMap(({ file, section }) => {
    const text = files.read(file);
    const difference = sectionDifference(file, text, section);
    if (!difference) return [];
    const what = text === undefined ? 'is not there' : told(difference);
    return [{ file, line: difference.line, what, text: withSection(file, text, section) }];
  });
}

function told({
  line,
  missing,
  extra,
}: {
  line?: number;
  missing: readonly string[];
  extra: readonly string[];
}): string {
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

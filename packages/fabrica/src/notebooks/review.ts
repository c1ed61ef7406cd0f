import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { FabricaError } from '../support/errors';
import { inTemporaryFolder } from '../support/files';
import { run } from '../support/processes';
import { git } from '../registries/git';

/** What a notebook's change is, cell by cell. */
export interface NotebookChange {
  /** Relative to the workspace. */
  readonly path: string;
  /** As nbdime tells it; what only the file's format changed is nothing. */
  readonly text: string;
}

/** A review reads the code: outputs aren't in git, and the rest changes with each run. */
const DIFF = ['--no-color', '--ignore-outputs', '--ignore-metadata', '--ignore-id', '--ignore-details'];

interface ReviewOptions {
  /** Gives the interpreter of nbdime's environment. */
  readonly nbdime: () => Promise<string>;
  /** A commit, a branch. */
  readonly base: string;
  readonly signal?: AbortSignal;
}

/** The notebooks that differ from where this branch left `base`, those of the working tree. */
export async function changedNotebooks(root: string, options: ReviewOptions): Promise<NotebookChange[]> {
  const since = await branchPoint(root, options);
  const args = [
    'diff',
    '--name-only',
    '--relative',
    '-z',
    '--no-renames',
    '--diff-filter=AM',
    since,
    '--',
    '*.ipynb',
  ];
  const paths = (await git(root, args, options)).split('\0').filter((path) => path.trim());
  const changes: NotebookChange[] = [];
  // Also where there is nothing to compare: from then on `git diff` has it.
  const python = await options.nbdime();
  for (const path of paths) {
    changes.push({ path, text: await changeOf(root, path, { since, python, signal: options.signal }) });
  }
  return changes.filter(({ text }) => text);
}

async function branchPoint(root: string, { base, signal }: ReviewOptions): Promise<string> {
  const { code, stdout } = await run('git', ['merge-base', base, 'HEAD'], { cwd: root, signal });
  if (code === 0) return stdout.trim();
  throw new FabricaError('no-base', `git knows no ${base} that this branch began at`, {
    hint: 'npx nx run workspace:notebooks --base=main; in CI, fetch the whole history (fetch-depth: 0)',
  });
}

async function changeOf(
  root: string,
  path: string,
  { since, python, signal }: { since: string; python: string; signal?: AbortSignal },
): Promise<string> {
  const old = await run('git', ['show', `${since}:./${path}`], { cwd: root, signal });
  return inTemporaryFolder(root, async (folder) => {
    // A notebook that is new is compared with none.
    const before = old.code === 0 ? join(folder, 'before.ipynb') : '/dev/null';
    if (old.code === 0) writeFileSync(before, old.stdout);
    const { code, stdout } = await run(
      python,
      ['-I', '-m', 'nbdime.nbdiffapp', ...DIFF, before, join(root, path)],
      { cwd: root, signal },
    );
    return code === 0 ? withoutHead(stdout) : 'It is no notebook that nbdime can read.';
  });
}

/** Without the names of files and the times, which are those of copies. */
function withoutHead(text: string): string {
  const start = text.search(/^## /m);
  return start < 0 ? '' : text.slice(start).trimEnd();
}

/** GitHub shows at most a megabyte of a summary. */
const LONGEST = 900_000;

/** The changes as Markdown, for the summary of a CI job or a comment. */
export function toMarkdown(changes: readonly NotebookChange[]): string {
  const title = changes.length === 1 ? 'One notebook changed' : `${changes.length} notebooks changed`;
  const parts = changes.map(({ path, text }) => {
    const fence = fenceFor(text);
    return `### ${path}\n\n${fence}diff\n${text}\n${fence}\n`;
  });
  const whole = [`## ${title}\n`, ...parts].join('\n');
  return whole.length <= LONGEST
    ? whole
    : `${whole.slice(0, LONGEST)}\n${fenceFor(whole)}\n\nThe rest is too long to show.\n`;
}

/** Longer than any run of backticks in the text, so that a notebook can't end its block. */
function fenceFor(text: string): string {
  const runs = text.match(/`+/g) ?? [];
  return '`'.repeat(Math.max(3, ...runs.map(({ length }) => length + 1)));
}

/** The changes for a terminal. */
export function toText(changes: readonly NotebookChange[]): string {
  return changes.map(({ path, text }) => `${path}\n${text.replaceAll(/^/gm, '  ')}\n`).join('\n');
}

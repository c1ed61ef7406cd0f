import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FabricaError } from '../../support/errors';

/** One file in three versions. Bytes, not text: what a person wrote need not be UTF-8. */
export interface ThreeWays {
  /** As the project has it. */
  readonly ours: Buffer;
  /** As the template had it when the project was made. */
  readonly base: Buffer;
  /** As the template has it now. */
  readonly theirs: Buffer;
}

/** What conflict markers call the three. */
export type Labels = Readonly<Record<keyof ThreeWays, string>>;

export interface Merged {
  readonly content: Buffer;
  /** Whether it holds conflict markers. */
  readonly conflict: boolean;
}

/**
 * Merges a file by git, which knows how. A file with the line ends of Windows keeps them.
 *
 * @param apart lines that are a matter of their own: a change of one is no conflict with a change of its neighbour,
 *   which git takes for one
 * @throws FabricaError `git-failed` for files that aren't text, too: see {@link isText}
 * @example
 * mergeFile({ ours, base, theirs }, { ours: 'project', base: 'template 1', theirs: 'template 3' });
 */
export function mergeFile(versions: ThreeWays, labels: Labels, apart?: RegExp): Merged {
  const windows = hasWindowsLineEnds(versions.ours);
  const unix = windows ? each(versions, (content) => replaced(content, /\r\n/g, '\n')) : versions;
  const spaced = apart ? each(unix, (content) => replaced(content, apart, fenced)) : unix;
  const { content, conflict } = inFiles(spaced, labels);
  const close = apart ? replaced(content, FENCES, '') : content;
  return { content: windows ? replaced(close, /\n/g, '\r\n') : close, conflict };
}

/** Begins lines that keep others apart: a character that no text file has. */
const FENCE = '\u0001';
const FENCES = new RegExp(`${FENCE}<.*\n|\n${FENCE}>.*`, 'g');

/** An item between two lines with its name: git can't take them for those of another, also where one is put before. */
function fenced(item: string): string {
  const [name = ''] = /[\w.-]+/.exec(item) ?? [];
  return `${FENCE}<${name}\n${item}\n${FENCE}>${name}`;
}

function each(versions: ThreeWays, change: (content: Buffer) => Buffer): ThreeWays {
  return { ours: change(versions.ours), base: change(versions.base), theirs: change(versions.theirs) };
}

/** Whether git takes it for text. */
export function isText(content: Buffer): boolean {
  return !content.includes(0);
}

/** Replaces text in bytes of any encoding: latin1 gives each byte a character of its own. */
function replaced(content: Buffer, what: RegExp, by: string | ((found: string) => string)): Buffer {
  const replacement = typeof by === 'string' ? () => by : by;
  return Buffer.from(content.toString('latin1').replaceAll(what, replacement), 'latin1');
}

function hasWindowsLineEnds(content: Buffer): boolean {
  const text = content.toString('latin1');
  return text.includes('\r\n') && !/[^\r]\n/.test(text);
}

function inFiles(versions: ThreeWays, labels: Labels): Merged {
  const folder = mkdtempSync(join(tmpdir(), 'fabrica-merge-'));
  try {
    const order = ['ours', 'base', 'theirs'] as const;
    for (const name of order) writeFileSync(join(folder, name), versions[name]);
    const named = order.flatMap((name) => ['-L', labels[name]]);
    return gitMergeFile(folder, ['--diff3', ...named, ...order]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** git's exit code is the number of conflicts, up to 127; more is an error. */
function gitMergeFile(folder: string, args: readonly string[]): Merged {
  const ended = spawnSync('git', ['merge-file', '-p', ...args], {
    cwd: folder,
    maxBuffer: 256 * 1024 * 1024,
  });
  if (ended.error)
    throw new FabricaError('program-missing', 'git is not installed, or not on the PATH', {
      cause: ended.error,
    });
  if (ended.status === null || ended.status > 127)
    throw new FabricaError('git-failed', `git merge-file failed: ${ended.stderr.toString('utf8').trim()}`);
  return { content: ended.stdout, conflict: ended.status > 0 };
}

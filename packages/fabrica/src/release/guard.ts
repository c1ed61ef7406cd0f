import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { changesIn, git, needRepository, RELEASES } from '../registries/git';
import { FabricaError } from '../support/errors';
import { readDocument, stateFolder, writeDocument } from '../support/files';
import { HOMES } from '../workspace/layout';

/** What a release writes before it commits: manifests, locks, records and changelogs. */
const WRITTEN = new RegExp(
  `^(package-lock\\.json|pnpm-lock\\.yaml)$|^${HOMES.package}/[^/]+/(pyproject\\.toml|package\\.json|requirements-dev\\.txt|${RELEASES}/[^/]+)$`,
);
const CHANGELOG = /(^|\/)CHANGELOG\.md$/;

/** What a release had written when it was interrupted before its commit: the next run takes it up again. */
const journal = z.object({ schema: z.literal(1), head: z.string(), files: z.record(z.string(), z.string()) });

/**
 * A release is made of what is committed, and its commit holds nothing else. What an interrupted release has left,
 * and nobody has touched since, is no obstacle.
 *
 * @throws FabricaError `no-git`, `uncommitted`
 */
export async function refuseDirty(root: string): Promise<void> {
  await needRepository(root);
  const changed = await changedFiles(root);
  if (!changed.length) return;
  const before = readDocument(journalFile(root), journal);
  const left = before?.head === (await head(root)) ? before.files : {};
  const others = changed.filter((file) => !isLeft(root, file, left));
  if (!others.length) return;
  throw uncommitted('a release is made of what is committed', others);
}

/** The error for a command that wants all to be committed. */
export function uncommitted(why: string, files: readonly string[]): FabricaError {
  const listed = files.slice(0, 5).join(', ') + (files.length > 5 ? ` and ${files.length - 5} more` : '');
  return new FabricaError('uncommitted', `${why}, and this isn't: ${listed}`, {
    hint: 'git add --all && git commit, or git stash --include-untracked; then the same command again',
  });
}

/** A changelog comes after the journal, and a run writes it anew. */
function isLeft(root: string, file: string, left: Readonly<Record<string, string>>): boolean {
  if (CHANGELOG.test(file)) return Object.keys(left).length > 0;
  return left[file] !== undefined && left[file] === digest(root, file);
}

/** The files that this release has written so far; a run that is interrupted from now on can be taken up again. */
export async function noteWritten(root: string): Promise<string[]> {
  const written = await writtenFiles(root);
  const files = Object.fromEntries(written.map((file) => [file, digest(root, file) ?? '']));
  writeDocument(journalFile(root), { schema: 1, head: await head(root), files });
  return written;
}

/** Takes back what this release has written. */
export async function takeBack(root: string): Promise<void> {
  const written = await writtenFiles(root);
  if (!written.length) return;
  const tracked = await list(root, ['ls-tree', '-r', '-z', '--name-only', 'HEAD', '--', ...written]);
  const args = ['restore', '--source=HEAD', '--staged', '--worktree', '--'];
  if (tracked.length) await git(root, [...args, ...tracked]);
  const fresh = written.filter((file) => !tracked.includes(file));
  if (fresh.length) await git(root, ['rm', '--cached', '--quiet', '--ignore-unmatch', '--', ...fresh]);
  for (const file of fresh) rmSync(join(root, file), { force: true });
}

async function writtenFiles(root: string): Promise<string[]> {
  return (await changedFiles(root)).filter((file) => WRITTEN.test(file));
}

/** All that isn't committed, relative to the workspace. */
export async function changedFiles(root: string): Promise<string[]> {
  const prefix = (await git(root, ['rev-parse', '--show-prefix'])).trim();
  return (await changesIn(root))
    .map((entry) => entry.slice('XY '.length))
    .map((path) => (path.startsWith(prefix) ? path.slice(prefix.length) : path));
}

async function list(root: string, args: readonly string[]): Promise<string[]> {
  return (await git(root, args)).trimEnd().split('\0').filter(Boolean);
}

async function head(root: string): Promise<string> {
  return (await git(root, ['rev-parse', 'HEAD'])).trim();
}

function journalFile(root: string): string {
  return stateFolder(root, 'release.json');
}

function digest(root: string, file: string): string | undefined {
  try {
    return createHash('sha256')
      .update(readFileSync(join(root, file)))
      .digest('hex');
  } catch {
    return undefined;
  }
}

import { createHash, randomUUID } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pythonOf } from '../../../bin/shared.cjs';
import { ensureInterpreter, installEnvironment, installLocked, putOnPath } from '../../python/environment';
import { LOCK } from '../../python/requirements';
import type { ToolOptions } from '../../python/uv';
import { stateFolder } from '../../support/files';

/** What is put in place: a project's production code with its own environment, apart from the folder people edit. */
export interface Release {
  /** The digest of all that is in it. */
  readonly id: string;
  readonly folder: string;
  readonly python: string;
  readonly outcome: 'made' | 'unchanged';
}

/** The files at the project's top that belong to it. */
const FILES = ['pyproject.toml', LOCK];
/** How many releases stay beside those in use, to go back to. */
const KEPT = 2;

/**
 * Makes the release of a project as it is on disk: `src`, pyproject.toml and the lock, and an environment with
 * production's dependencies alone. One with the same content is used again. A release is made beside its place and
 * moved there when it is whole.
 *
 * @param version Python's version, which is part of the release
 */
export async function makeRelease(
  root: string,
  folder: string,
  project: string,
  version: string,
  options: ToolOptions = {},
): Promise<Release> {
  const at = join(root, folder);
  const id = digestOf(at, version);
  const home = stateFolder(root, 'releases', project, id);
  const release = { id, folder: home, python: pythonOf(home) };
  if (existsSync(home)) return { ...release, outcome: 'unchanged' };
  const draft = stateFolder(root, 'releases', project, `.${id}-${randomUUID().slice(0, 8)}`);
  mkdirSync(draft, { recursive: true });
  try {
    for (const name of FILES) cpSync(join(at, name), join(draft, name));
    cpSync(join(at, 'src'), join(draft, 'src'), { recursive: true, filter: isSource });
    const env = await installEnvironment(root, folder, options);
    await ensureInterpreter(root, draft, options);
    await installLocked(root, draft, LOCK, { ...options, env });
    putOnPath(draft);
    renameSync(draft, home);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return { ...release, outcome: 'made' };
}

function isSource(path: string): boolean {
  return (
    !/(^|[\\/])(__pycache__|\.[^\\/]*cache|\.ipynb_checkpoints)$/.test(relative(dirname(path), path)) &&
    !path.endsWith('.pyc')
  );
}

function digestOf(at: string, version: string): string {
  const hash = createHash('sha256').update(`release 1\0${version}\0`);
  for (const file of [...FILES.map((name) => join(at, name)), ...filesBelow(join(at, 'src'))]) {
    const content = readFileSync(file);
    hash.update(`${relative(at, file).replaceAll('\\', '/')}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => ({ entry, path: join(folder, entry.name) }))
    .filter(({ path }) => isSource(path))
    .flatMap(({ entry, path }) => (entry.isDirectory() ? filesBelow(path) : [path]));
}

/** Removes the releases that nothing uses any more, the newest few aside, and drafts that a killed deploy left. */
export function removeOldReleases(root: string, project: string, inUse: readonly string[]): void {
  const home = stateFolder(root, 'releases', project);
  if (!existsSync(home)) return;
  const others = readdirSync(home)
    .filter((name) => !inUse.some((used) => used === name || used.includes(join(home, name))))
    .map((name) => ({ name, made: statSync(join(home, name)).mtimeMs }))
    .sort((a, b) => b.made - a.made);
  const drafts = others.filter(({ name }) => name.startsWith('.'));
  const old = others.filter(({ name }) => !name.startsWith('.')).slice(KEPT);
  for (const { name } of [...drafts, ...old]) rmSync(join(home, name), { recursive: true, force: true });
}

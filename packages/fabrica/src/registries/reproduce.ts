import { join } from 'node:path';
import { buildWheel, wheelAt, type Wheel } from '../python/build';
import type { PythonPackage } from '../python/packages';
import { versionIn } from '../python/pyproject';
import type { Pin } from '../python/requirements';
import { FabricaError } from '../support/errors';
import { run } from '../support/processes';
import { buildPackage } from './build-package';
import type { StartOptions } from './embedded';
import { commitsOf, exportFolder, isRepository, isShallow, treeInCommit } from './git';
import { readRecord, recordFile, recordsInHistory, type ReleaseRecord } from './records';
import { packageOf, shippedWheels } from './shared';

export interface ReproduceOptions extends StartOptions {
  /** The project whose lock asks for it: the hints name its commands. */
  readonly project: string;
}

export interface Reproduced {
  readonly wheel: Wheel;
  readonly source: 'working tree' | 'history' | 'plugin';
}

/**
 * Finds or builds the wheel that has one of the hashes of a pin: among the wheels that the plugin carries, from the
 * working tree, else from the history.
 *
 * @throws FabricaError `not-reproducible`, with the version, the hash and the way out
 */
export async function reproduce(
  root: string,
  pin: Pin,
  into: string,
  options: ReproduceOptions,
): Promise<Reproduced> {
  const shipped = shippedWheels().find((wheel) => wheel.name === pin.name && wheel.version === pin.version);
  const carried = shipped && wheelAt(shipped.path);
  if (carried && pin.hashes.includes(carried.sha256)) return { wheel: carried, source: 'plugin' };
  const unit = packageOf(root, pin);
  if (!unit)
    throw notReproducible(
      pin,
      'no package of this workspace has that name',
      relockCommand(options.project, pin),
    );
  if (unit.version === pin.version) {
    const { wheel } = await buildPackage(root, unit.folder, { ...options, into: join(into, 'now') });
    if (pin.hashes.includes(wheel.sha256)) return { wheel, source: 'working tree' };
  }
  return { wheel: await fromHistory(root, unit, pin, into, options), source: 'history' };
}

/**
 * The commit whose tree the release's record names; when that tree is nowhere (a README that changed before the
 * commit is enough), any commit of that version: the hash decides.
 */
async function fromHistory(
  root: string,
  unit: PythonPackage,
  pin: Pin,
  into: string,
  options: ReproduceOptions,
): Promise<Wheel> {
  if (!(await isRepository(root))) throw await missing(root, unit, pin, options.project);
  const record = await findRecord(root, unit, pin);
  const near = await commitsOf(root, recordFile(unit.folder, pin.version));
  const candidates = await distinctTrees(root, unit, [...near, ...(await commitsOf(root, unit.folder))]);
  candidates.sort((a, b) => Number(b.tree === record?.tree) - Number(a.tree === record?.tree));
  for (const { commit, tree } of candidates) {
    if (tree !== record?.tree && (await versionAt(root, unit, commit)) !== pin.version) continue;
    const at = join(into, commit);
    const source = await exportFolder(root, commit, unit.folder, at);
    const wheel = await buildWheel(root, source, {
      ...options,
      into: join(at, 'dist'),
      called: `${unit.folder} (${commit.slice(0, 12)})`,
    });
    if (pin.hashes.includes(wheel.sha256)) return wheel;
  }
  throw await missing(root, unit, pin, options.project, record);
}

interface Candidate {
  readonly commit: string;
  readonly tree: string;
}

async function distinctTrees(
  root: string,
  unit: PythonPackage,
  commits: readonly string[],
): Promise<Candidate[]> {
  const found = new Map<string, Candidate>();
  for (const commit of new Set(commits)) {
    const tree = await treeInCommit(root, commit, unit.folder);
    if (tree && !found.has(tree)) found.set(tree, { commit, tree });
  }
  return [...found.values()];
}

async function versionAt(root: string, unit: PythonPackage, commit: string): Promise<string | undefined> {
  const { code, stdout } = await run('git', ['show', `${commit}:./${unit.folder}/pyproject.toml`], {
    cwd: root,
  });
  return code === 0 ? versionIn(stdout) : undefined;
}

/** The record of the release that made one of the hashes: today's, or one that was refreshed since. */
async function findRecord(root: string, unit: PythonPackage, pin: Pin): Promise<ReleaseRecord | undefined> {
  const fits = (record: ReleaseRecord): boolean =>
    Object.values(record.files).some((hash) => pin.hashes.includes(hash));
  const current = readRecord(root, unit.folder, pin.version);
  if (current && fits(current)) return current;
  return (await recordsInHistory(root, unit.folder, pin.version)).find(fits);
}

async function missing(
  root: string,
  unit: PythonPackage,
  pin: Pin,
  project: string,
  record?: ReleaseRecord,
): Promise<FabricaError> {
  const why = record
    ? `neither the working tree nor a commit builds it (its record names the tree ${record.tree.slice(0, 12)}…)`
    : 'neither the working tree nor a commit builds it, and no release record has that hash';
  if ((await isRepository(root)) && (await isShallow(root))) {
    return notReproducible(pin, `${why}; this clone lacks the older history`, 'git fetch --unshallow');
  }
  return notReproducible(
    pin,
    why,
    [
      `npx nx run ${unit.name}:publish after raising "version" in ${unit.folder}/pyproject.toml (before the version is shared: npx nx run ${unit.name}:publish --record)`,
      relockCommand(project, pin),
    ].join('\n'),
  );
}

/** Moves one pin of a project to what there is. */
export function relockCommand(project: string, pin: Pick<Pin, 'name'>): string {
  return `npx nx run ${project}:lock --upgrade=${pin.name}`;
}

function notReproducible(pin: Pin, why: string, hint: string): FabricaError {
  const hash = `${pin.hashes[0]?.slice(0, 12)}…`;
  return new FabricaError(
    'not-reproducible',
    `${pin.name} ${pin.version} with sha256 ${hash} can't be made here: ${why}`,
    { hint },
  );
}

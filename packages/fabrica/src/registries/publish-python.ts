import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Wheel } from '../python/build';
import type { PythonPackage } from '../python/packages';
import { FabricaError } from '../support/errors';
import { inTemporaryFolder } from '../support/files';
import type { PypiRegistry } from './configuration';
import type { StartOptions } from './embedded';
import { buildPackage } from './build-package';
import { isClean, needRepository } from './git';
import { pypiStorage } from './pypi';
import { hasLeft, otherBytes, readRecord, recordFile, writeRecord, type ReleaseRecord } from './records';
import { hashOf, upload, type UploadOutcome } from './upload';

export interface PublishOptions extends StartOptions {
  /**
   * Takes the bytes of the working tree for this version, committed or not, as long as the version has never left
   * this workspace: the record is written anew, and the workspace's own index gets the new file.
   */
  readonly record?: boolean;
}

export interface Published {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  readonly outcome: UploadOutcome;
  /** The record that was written now; to be committed. */
  readonly recorded?: string;
}

/**
 * Publishes a shared package and records the release.
 *
 * - A version that has a record is only published with the bytes of the record; others are refused: bump it.
 * - A new version is recorded, from a clean tree (what is committed), so that any clone can build it again.
 * - What git ignores is in no release.
 * - `record` is for the time before a version is shared: see {@link PublishOptions.record}.
 *
 * @throws FabricaError `no-git`, `other-bytes`, `uncommitted`, `has-left`, and those of building and uploading.
 */
export async function publishPython(
  root: string,
  unit: PythonPackage,
  registry: PypiRegistry,
  options: PublishOptions = {},
): Promise<Published> {
  await needRepository(root);
  return inTemporaryFolder(root, async (into) => {
    const { wheel, tree = '' } = await buildPackage(root, unit.folder, { ...options, into });
    const record = readRecord(root, unit.folder, unit.version);
    const known = record?.files[wheel.file] === wheel.sha256;
    if (!known) await mayRecord(root, unit, wheel, record, options);
    if (!known && options.record) await forget(root, wheel, registry, options);
    const outcome = await upload(
      root,
      registry,
      wheel,
      (found) => differs(unit, registry, wheel, found),
      options,
    );
    const fixed = known && (!options.record || (await hasLeft(root, unit.folder, unit.version)));
    const recorded = fixed ? undefined : refresh(root, unit, wheel, tree, record);
    return {
      name: unit.distribution,
      version: unit.version,
      file: wheel.file,
      sha256: wheel.sha256,
      outcome,
      recorded,
    };
  });
}

/** Whether this build may become the version's bytes; throws the reason when not. */
async function mayRecord(
  root: string,
  unit: PythonPackage,
  wheel: Wheel,
  record: ReleaseRecord | undefined,
  options: PublishOptions,
): Promise<void> {
  if (options.record) {
    if (!(await hasLeft(root, unit.folder, unit.version))) return;
    throw new FabricaError(
      'has-left',
      `${unit.distribution} ${unit.version} has left this workspace (${recordFile(unit.folder, unit.version)} is on a remote branch or in a tag): its bytes are fixed`,
      { hint: `raise "version" in ${unit.folder}/pyproject.toml` },
    );
  }
  if (record)
    throw otherBytes(
      unit.distribution,
      unit.version,
      `in ${recordFile(unit.folder, unit.version)}`,
      Object.values(record.files)[0] ?? 'none',
      wheel.sha256,
      unit.folder,
    );
  if (await isClean(root, unit.folder)) return;
  throw new FabricaError(
    'uncommitted',
    `${unit.folder} has changes that are not committed: no clone could build ${unit.distribution} ${unit.version} again`,
    {
      hint: `git add ${unit.folder} && git commit, or npx nx run ${unit.name}:publish --record and commit the package together with its record`,
    },
  );
}

/** Takes a file with other bytes out of the workspace's own index. A company's index is never asked to forget. */
async function forget(
  root: string,
  wheel: Wheel,
  registry: PypiRegistry,
  options: PublishOptions,
): Promise<void> {
  if (!registry.embedded) return;
  const found = await hashOf(registry, wheel.file, options.signal);
  if (found && found !== wheel.sha256) rmSync(join(pypiStorage(root), wheel.file), { force: true });
}

function differs(unit: PythonPackage, registry: PypiRegistry, wheel: Wheel, found: string): FabricaError {
  return otherBytes(unit.distribution, unit.version, `on ${registry.url}`, found, wheel.sha256, unit.folder);
}

function refresh(
  root: string,
  unit: PythonPackage,
  wheel: Wheel,
  tree: string,
  before: ReleaseRecord | undefined,
): string | undefined {
  const record: ReleaseRecord = {
    schema: 1,
    name: unit.distribution,
    version: unit.version,
    tree,
    files: { [wheel.file]: wheel.sha256 },
  };
  if (before && JSON.stringify(before) === JSON.stringify(record)) return undefined;
  return writeRecord(root, unit.folder, record);
}

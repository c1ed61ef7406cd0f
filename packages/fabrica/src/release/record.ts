import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { wheelAt, type Wheel } from '../python/build';
import { lock } from '../python/lock';
import { buildPackage } from '../registries/build-package';
import type { StartOptions } from '../registries/embedded';
import { treeOfFolder } from '../registries/git';
import {
  committedRecord,
  otherBytes,
  recordFile,
  writeRecord,
  type ReleaseRecord,
} from '../registries/records';
import { ensurePypi } from '../registries/registries';
import { usesPrivateIndex } from '../registries/shared';
import { inTemporaryFolder, stateFolder } from '../support/files';
import { readPackage, type Package } from '../workspace';

/**
 * Writes the record of a version that is about to be committed. A Python package is built for it: the wheel is kept,
 * and what is published later is that file, or one with the same bytes.
 *
 * @throws FabricaError `other-bytes` when the version is released already with others, and those of building
 */
export async function recordRelease(root: string, folder: string, options: StartOptions): Promise<string> {
  const unit = readPackage(root, folder);
  const record =
    unit.language === 'python' ? await recordOf(root, unit, options) : await npmRecord(root, unit);
  const before = await committedRecord(root, folder, unit.version);
  const [found] = Object.values(before?.files ?? {});
  const [built = ''] = Object.values(record.files);
  if (found && found !== built)
    throw otherBytes(
      unit.distribution,
      unit.version,
      `in ${recordFile(folder, unit.version)}`,
      found,
      built,
      folder,
    );
  return writeRecord(root, folder, record);
}

async function npmRecord(root: string, unit: Package): Promise<ReleaseRecord> {
  return {
    schema: 1,
    name: unit.distribution,
    version: unit.version,
    tree: await treeOfFolder(root, unit.folder),
    files: {},
  };
}

async function recordOf(root: string, unit: Package, options: StartOptions): Promise<ReleaseRecord> {
  return inTemporaryFolder(root, async (into) => {
    const { wheel, tree = '' } = await buildPackage(root, unit.folder, { ...options, into });
    mkdirSync(keptAt(root), { recursive: true });
    copyFileSync(wheel.path, keptAt(root, wheel.file));
    return {
      schema: 1,
      name: unit.distribution,
      version: unit.version,
      tree,
      files: { [wheel.file]: wheel.sha256 },
    };
  });
}

/** The wheel that the release built, when this machine still has it with the bytes of the record. */
export function keptWheel(root: string, file: string, sha256: string): Wheel | undefined {
  const path = keptAt(root, file);
  const wheel = existsSync(path) ? wheelAt(path) : undefined;
  return wheel?.sha256 === sha256 ? wheel : undefined;
}

function keptAt(root: string, ...file: string[]): string {
  return stateFolder(root, 'releases', ...file);
}

/** Brings the lock of a Python package in step; answers what changed. */
export async function relock(root: string, folder: string, options: StartOptions): Promise<string> {
  const registry = usesPrivateIndex(root, folder) ? await ensurePypi(root, options) : undefined;
  return (await lock(root, folder, { ...options, registry })).summary;
}

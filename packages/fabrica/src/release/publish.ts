import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { reproduce } from '../registries/reproduce';
import type { StartOptions } from '../registries/embedded';
import { git, treeOfFolder } from '../registries/git';
import { integrityOf, publishNpm } from '../registries/publish-npm';
import {
  committedRecord,
  otherBytes,
  readRecord,
  recordFile,
  type ReleaseRecord,
} from '../registries/records';
import { ensureNpm, ensurePypi } from '../registries/registries';
import { hashOf, upload } from '../registries/upload';
import { normalise } from '../python/requirements';
import { FabricaError } from '../support/errors';
import { inTemporaryFolder } from '../support/files';
import { readPackage, type Package } from '../workspace';
import { NPM_MANIFEST } from '../workspace/layout';
import { keptWheel } from './record';

export interface PublishReleasedOptions extends StartOptions {
  /** Says what would be published, and publishes nothing. */
  readonly dryRun?: boolean;
  /** Under which name npm installs it without a version. */
  readonly tag?: string;
  /** Builds an npm package into what its manifest names. */
  readonly build: () => Promise<void>;
}

export interface PublishedRelease {
  readonly name: string;
  readonly version: string;
  readonly outcome: 'published' | 'already published' | 'to be published' | 'not released' | 'private';
  /** The commit of the release: the one that its record came with. */
  readonly commit?: string;
}

/**
 * Publishes the version that a package's manifest states, as it was released: the bytes of its record, also when the
 * package has changed since. One that isn't released is left alone, one that is published, too; so it may be run again
 * until all packages are there.
 *
 * @throws FabricaError `release-unfinished`, `other-bytes`, `tree-changed`, and those of building and uploading
 */
export async function publishReleased(
  root: string,
  folder: string,
  options: PublishReleasedOptions,
): Promise<PublishedRelease> {
  const unit = readPackage(root, folder);
  const { distribution: name, version } = unit;
  const record = await releasedRecord(root, unit);
  if (!record) return { name, version, outcome: 'not released' };
  const commit = await git(root, ['log', '-1', '--format=%H', '--', recordFile(folder, version)]);
  const publish = unit.language === 'python' ? publishWheel : publishPackage;
  const outcome = await publish(root, unit, record, options).catch((error: unknown) => {
    throw goesOn(error);
  });
  return { name, version, outcome, commit: commit.trim() };
}

/** `nx release` doesn't publish a second time what it has tagged. */
function goesOn(error: unknown): unknown {
  if (!(error instanceof FabricaError) || !/^(registry|upload)-/.test(error.code)) return error;
  const hint = [error.hint, 'and, to publish what is left: npx nx release publish']
    .filter(Boolean)
    .join('\n');
  return new FabricaError(error.code, error.message, { hint, cause: error });
}

async function releasedRecord(
  root: string,
  { folder, version }: Package,
): Promise<ReleaseRecord | undefined> {
  const record = readRecord(root, folder, version);
  if (!record || (await committedRecord(root, folder, version))) return record;
  const file = recordFile(folder, version);
  throw new FabricaError('release-unfinished', `${file} isn't committed: that release has not ended`, {
    hint: `npx nx release, with the options that it was begun with; or, to commit it yourself: git add ${folder} && git commit`,
  });
}

async function publishWheel(
  root: string,
  unit: Package,
  record: ReleaseRecord,
  options: PublishReleasedOptions,
): Promise<PublishedRelease['outcome']> {
  const [[file, sha256] = ['', '']] = Object.entries(record.files);
  const registry = await ensurePypi(root, options);
  const differs = (found: string) =>
    otherBytes(unit.distribution, unit.version, `on ${registry.url}`, found, sha256, unit.folder);
  const found = await hashOf(registry, file, options.signal);
  if (found === sha256) return 'already published';
  if (found) throw differs(found);
  if (options.dryRun) return 'to be published';
  return inTemporaryFolder(root, async (into) => {
    const pin = { name: normalise(record.name), version: record.version, hashes: [sha256], line: 0 };
    const wheel =
      keptWheel(root, file, sha256) ??
      (await reproduce(root, pin, into, { ...options, project: basename(unit.folder) })).wheel;
    return upload(root, registry, wheel, differs, options);
  });
}

/** Built once, and a registry never takes a version twice. */
async function publishPackage(
  root: string,
  { folder, distribution, version }: Package,
  record: ReleaseRecord,
  options: PublishReleasedOptions,
): Promise<PublishedRelease['outcome']> {
  const { private: isPrivate } = JSON.parse(readFileSync(join(root, folder, NPM_MANIFEST), 'utf8')) as {
    private?: boolean;
  };
  if (isPrivate) return 'private';
  const registry = await ensureNpm(root, options);
  if (await integrityOf(registry, distribution, version, options.signal)) return 'already published';
  if ((await treeOfFolder(root, folder)) !== record.tree)
    throw new FabricaError(
      'tree-changed',
      `${distribution} ${version} is not published yet, and ${folder} has changed since its release`,
      {
        hint: `git switch --detach "$(git log -1 --format=%H -- ${recordFile(folder, version)})", then npm ci && npx nx release publish, then git switch -`,
      },
    );
  if (options.dryRun) return 'to be published';
  await options.build();
  return (await publishNpm(root, folder, registry, options)).outcome;
}

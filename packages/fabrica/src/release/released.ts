import type { ProjectConfiguration } from '@nx/devkit';
import { integrityOf } from '../registries/publish-npm';
import { versionsOnIndex } from '../registries/index-client';
import { git, treeOfFolder } from '../registries/git';
import { refusePublic } from '../registries/public';
import { readRecord, recordFile, type ReleaseRecord } from '../registries/records';
import { ensureNpm, ensurePypi } from '../registries/registries';
import { normalise } from '../python/requirements';
import { compareVersions } from '../python/versions';
import { FabricaError } from '../support/errors';
import { run } from '../support/processes';
import type { Package } from '../workspace';

async function tagExists(root: string, tag: string): Promise<boolean> {
  const args = ['rev-parse', '--quiet', '--verify', `refs/tags/${tag}`];
  return (await run('git', args, { cwd: root })).code === 0;
}

/**
 * How far the version is that a manifest states. It is `unreleased` when it is a new package's first, when somebody
 * raised it by hand, and when its release was interrupted before its tag. One whose record is older was `recorded`
 * without a tag: by hand, or by a release that was interrupted between two tags.
 */
export async function releaseState(
  root: string,
  unit: Package,
  tag: string,
): Promise<'unreleased' | 'recorded' | 'tagged'> {
  if (await tagExists(root, tag)) return 'tagged';
  const record = readRecord(root, unit.folder, unit.version);
  return record && !(await isInterrupted(root, unit, record)) ? 'recorded' : 'unreleased';
}

/** Whether a record is that of a release which has just made its commit, or not even that. */
async function isInterrupted(
  root: string,
  { folder, version }: Package,
  record: ReleaseRecord,
): Promise<boolean> {
  const args = ['log', '-1', '--format=%H', '--', recordFile(folder, version)];
  const commit = (await git(root, args)).trim();
  const isNew = commit === '' || commit === (await git(root, ['rev-parse', 'HEAD'])).trim();
  return isNew && record.tree === (await treeOfFolder(root, folder));
}

/**
 * A version is released once. That its tag or its files exist is told before anything is written.
 *
 * @throws FabricaError `tag-exists`, `version-exists`, `public-registry`, and those of asking the registry
 */
export async function refuseReleased(root: string, unit: Package, tag: string): Promise<void> {
  const { distribution, version, folder } = unit;
  const again = `npx nx release VERSION --projects ${unit.name} with another version`;
  if (await tagExists(root, tag))
    throw new FabricaError(
      'tag-exists',
      `${distribution} ${version} can't be released: there is a tag ${tag}`,
      {
        hint: `${again}; or, if nothing of it was ever published: git tag --delete ${tag}`,
      },
    );
  // With a record, it is this release that was interrupted: publishing compares the bytes.
  if (readRecord(root, folder, version) || !(await isOnRegistry(root, unit))) return;
  throw new FabricaError(
    'version-exists',
    `${distribution} ${version} can't be released: the registry has that version, and there is no ${recordFile(folder, version)}`,
    { hint: `${again}; or git pull, if it was released elsewhere` },
  );
}

async function isOnRegistry(root: string, { language, distribution, version }: Package): Promise<boolean> {
  if (language === 'typescript') {
    const registry = await ensureNpm(root);
    refusePublic(root, registry.url);
    return (await integrityOf(registry, distribution, version)) !== undefined;
  }
  const registry = await ensurePypi(root);
  refusePublic(root, registry.publishUrl);
  const versions = await versionsOnIndex(registry, normalise(distribution));
  return versions.some((one) => compareVersions(one, version) === 0);
}

/**
 * Where there is `@nx/js`, Nx has it publish what has a package.json: to the registry that npm is configured for.
 *
 * @throws FabricaError `other-publisher`
 */
export function refuseOtherPublisher({ targets = {} }: ProjectConfiguration, manifest: string): void {
  if (targets['nx-release-publish']?.executor !== '@nx/js:release-publish') return;
  throw new FabricaError(
    'other-publisher',
    `${manifest}: Nx would publish it to the registry that npm is configured for, which may be public`,
    {
      place: { file: manifest },
      hint: `in ${manifest}: "nx": { "targets": { "nx-release-publish": { "executor": "fabrica:publish" } } }`,
    },
  );
}

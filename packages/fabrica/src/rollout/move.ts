import { join } from 'node:path';
import { readPyproject } from '../python/pyproject';
import { compareVersions, isFinal } from '../python/versions';
import { versionsOnIndex } from '../registries/index-client';
import type { PypiRegistry } from '../registries/configuration';
import { recordsOf, type ReleaseRecord } from '../registries/records';
import { raised } from '../release/constraint';
import { withRequirement } from '../release/manifest';
import { FabricaError } from '../support/errors';
import { PYPROJECT, type Package } from '../workspace';
import type { Change } from './copy';
import type { User } from './users';

/**
 * The version that is rolled out: the newest release that isn't yanked and no pre-release, or the one that is asked for.
 *
 * @throws FabricaError `not-released`, `yanked`
 */
export function chooseRelease(root: string, unit: Package, wanted?: string): string {
  const records = recordsOf(root, unit.folder);
  if (wanted === undefined) {
    const [newest] = records
      .filter(({ version, yanked }) => !yanked && isFinal(version))
      .map(({ version }) => version)
      .sort((one, other) => compareVersions(other, one));
    if (newest) return newest;
  }
  const record = records.find(({ version }) => version === wanted);
  if (!record) throw notReleased(unit, records, wanted);
  if (!record.yanked) return record.version;
  throw new FabricaError('yanked', `${unit.distribution} ${wanted} is yanked: ${record.yanked.reason}`, {
    hint: `npx nx run ${unit.name}:rollout, for the newest release`,
  });
}

function notReleased({ name, distribution }: Package, records: readonly ReleaseRecord[], wanted?: string) {
  const what = wanted === undefined ? 'nothing to roll out' : `no release ${wanted}`;
  const released = records.filter(({ yanked }) => !yanked).map(({ version }) => version);
  return new FabricaError('not-released', `there is ${what} of ${distribution}`, {
    hint: released.length
      ? `--release=${released.join(' or --release=')}`
      : `npx nx release --projects=${name}`,
  });
}

/**
 * Whether projects can have the version: it is on the index.
 *
 * @throws FabricaError `not-published`
 */
export async function needPublished(
  registry: PypiRegistry,
  distribution: string,
  version: string,
  signal: AbortSignal,
): Promise<void> {
  const versions = await versionsOnIndex(registry, distribution, signal);
  if (versions.some((one) => compareVersions(one, version) === 0)) return;
  throw new FabricaError('not-published', `${registry.url} has no ${distribution} ${version}`, {
    hint: 'npx nx release publish',
  });
}

/** Whether the locks of a project have a version, and no other. */
export function hasVersion({ production, development }: User, version: string): boolean {
  return [production, development].every((one) => one === undefined || one === version);
}

/** Moves what a project asks for, and its locks, to a version. A project that gets it through another package: its locks. */
export function moveChange(distribution: string, version: string): Change {
  return {
    edit(at, text) {
      const { dependencies, dev } = readPyproject(at);
      const stated = [...dependencies, ...dev].filter(({ name }) => name === distribution);
      const texts = [...new Set(stated.map((one) => one.text))];
      const file = join(at, PYPROJECT);
      return texts.reduce((some, one) => withRequirement(file, some, one, raised(one, version)), text);
    },
    upgrade: [`${distribution}==${version}`],
  };
}

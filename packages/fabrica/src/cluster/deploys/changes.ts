import { join } from 'node:path';
import type { Environment } from '../../workspace';
import { compile } from '../compile';
import { diffRelease, type Difference } from '../diff';
import { objectName, plainName } from '../owned';
import type { Manifest, Release } from '../release';
import { manifestFolder, writeManifests } from '../write';
import type { Target } from '../ask';

/** An object of a release, and what became of it. */
export interface Changed {
  /** `Deployment bikes-service` */
  readonly object: string;
  readonly outcome: 'created' | 'changed' | 'removed' | 'unchanged';
}

/**
 * Writes the manifests of a release, and asks the cluster what they would change; whatever it would refuse, it refuses here.
 *
 * @throws FabricaError those of the manifests and of kubectl
 */
export async function compareTo(
  root: string,
  target: Target,
  release: Release,
): Promise<{ difference: Difference; manifests: readonly Manifest[] }> {
  const { project, environment } = release;
  const folder = manifestFolder(project.folder, environment.name);
  const compiled = compile(release);
  const manifests = [...compiled.values()].flat();
  let difference: Difference = { diff: '', there: [], removed: [] };
  await target.progress.phase('Manifests', async (work) => {
    writeManifests(root, folder, compiled);
    work.detail(`comparing with ${environment.context}`);
    difference = await diffRelease(target, manifests, join(root, folder));
    return `${manifests.length} objects in ${folder}`;
  });
  return { difference, manifests };
}

/** What becomes of each object. */
export function changesIn(
  manifests: readonly Manifest[],
  { diff, there, removed }: Difference,
  { namespace }: Pick<Environment, 'namespace'>,
): Changed[] {
  const before = new Set(there.map(plainName));
  const outcome = (manifest: Manifest): Changed['outcome'] => {
    if (!before.has(objectName(manifest))) return 'created';
    const { apiVersion, kind, metadata } = manifest;
    const file = [apiVersion.replace('/', '.'), kind, namespace, metadata.name].join('.');
    return diff.split('\n').includes(`+++ compiled/${file}`) ? 'changed' : 'unchanged';
  };
  return [
    ...manifests.map((one) => ({ object: `${one.kind} ${one.metadata.name}`, outcome: outcome(one) })),
    ...removed.map((object) => ({
      object: plainName(object).replace('/', ' '),
      outcome: 'removed' as const,
    })),
  ];
}

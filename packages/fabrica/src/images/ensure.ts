import type { Project } from '../workspace';
import { buildImage, type ImageOptions } from './image';
import { tagOf } from './names';
import { pushImage } from './publish';
import { readImageRecord } from './record';
import { remoteImage } from './registry';
import { revisionOf } from './revision';

/** The image of a project as it is committed, in a registry. */
export interface PushedImage {
  /** By digest. */
  readonly reference: string;
  readonly outcome: 'built' | 'unchanged';
}

/**
 * The image of the commit that a project is at: the one that was pushed from here, or from another machine; else it is
 * built and pushed. A tag names the commit and never changes its meaning.
 *
 * @throws FabricaError `uncommitted`, those of the build and of the registry
 */
export async function ensurePushed(
  project: Project,
  options: Omit<ImageOptions, 'committed' | 'cache'> & { readonly registry: string },
): Promise<PushedImage> {
  const { root, registry, signal, progress } = options;
  const { name, folder } = project;
  const revision = await revisionOf(root, folder);
  const repository = `${registry}/${name}`;
  const record = readImageRecord(root, name);
  const isOfCommit = record && !record.dirty && !revision.dirty && record.commit === revision.commit;
  if (isOfCommit && record.reference?.startsWith(`${repository}@`))
    return { reference: record.reference, outcome: 'unchanged' };
  if (!revision.dirty) {
    const there = await progress.quietly('Asking the registry', () =>
      remoteImage(`${repository}:${tagOf(project, revision)}`, { signal }),
    );
    if (there) return { reference: `${repository}@${there.digest}`, outcome: 'unchanged' };
  }
  const built = await buildImage(project, { ...options, cache: true, committed: true });
  const pushed = await pushImage(built, { root, signal, progress, registry });
  return { reference: pushed.reference as string, outcome: 'built' };
}

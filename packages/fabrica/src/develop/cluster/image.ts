import { docker } from '../../images/docker';
import { push, remoteImage } from '../../images/registry';
import { IMAGE_USER } from '../../layout/dockerfile';
import { FabricaError } from '../../support/errors';
import type { Project } from '../../workspace';
import { developImage, ensureImage, type BuildOptions, type DevelopImage } from '../image';

/** The development image of a project as a pod runs it: by the user that pods have, with what syncs files. */
export function clusterImage(root: string, project: Pick<Project, 'name' | 'folder'>): DevelopImage {
  return developImage(root, project, { uid: IMAGE_USER, gid: IMAGE_USER }, true);
}

/**
 * The image in a registry, by digest: the one that is there, from here or from another machine, else it is built and
 * pushed. Its tag says what it is made from.
 *
 * @throws FabricaError those of the lock, of Docker, of the build and of the registry
 */
export async function ensurePushedImage(
  project: Pick<Project, 'name' | 'folder'>,
  image: DevelopImage,
  options: BuildOptions & { readonly registry: string },
): Promise<string> {
  const { registry, signal, progress } = options;
  const reference = `${registry}/${image.tag}`;
  const named = (digest: string): string => `${registry}/${project.name}@${digest}`;
  const there = await progress.quietly('Asking the registry', () => remoteImage(reference, { signal }));
  if (there) return named(there.digest);
  await ensureImage(project, image, options);
  let digest = '';
  await progress.phase('Push', async () => {
    digest = await pushTag(image.tag, reference, signal);
    return reference;
  });
  return named(digest);
}

async function pushTag(tag: string, reference: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await docker(['image', 'inspect', '--format', '{{.Id}}', tag], { signal });
  try {
    return (await push(stdout.trim(), reference, { signal })).digest;
  } catch (error) {
    // Somebody else pushed what is made from the same, meanwhile.
    const there =
      error instanceof FabricaError && error.code === 'tag-exists'
        ? await remoteImage(reference, { signal })
        : undefined;
    if (!there) throw error;
    return there.digest;
  }
}

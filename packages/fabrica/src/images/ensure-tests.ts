import { FabricaError } from '../support/errors';
import type { Progress } from '../support/progress';
import type { Project } from '../workspace';
import { docker } from './docker';
import { ensurePushed, type PushedImage } from './ensure';
import { identityOf } from './image';
import { labelsOf, tagOf } from './names';
import { push, remoteImage } from './registry';
import { revisionOf } from './revision';
import { buildTests } from './test-image';

export interface EnsureTestsOptions {
  readonly root: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly registry: string;
}

/** The image of a project's tests, in a registry. */
export interface PushedTests extends PushedImage {
  /** The commit that it was made from. */
  readonly commit: string;
}

/**
 * The image of the commit that a project is at, with its tests on top, in a registry: the tests of a commit are built
 * once, by whoever needs them first. It is made from the image in the registry, so what is tested is what is deployed.
 *
 * @throws FabricaError `uncommitted`, those of the build and of the registry
 */
export async function ensureTestsPushed(project: Project, options: EnsureTestsOptions): Promise<PushedTests> {
  const { root, registry, signal, progress } = options;
  const revision = await revisionOf(root, project.folder);
  const { commit } = revision;
  if (commit === undefined || revision.dirty) throw uncommitted(project);
  const repository = `${registry}/${project.name}`;
  const name = `${repository}:${tagOf(project, revision)}-tests`;
  const asked = (): ReturnType<typeof remoteImage> => remoteImage(name, { signal });
  const there = await progress.quietly('Asking the registry', asked);
  if (there) return { reference: `${repository}@${there.digest}`, outcome: 'unchanged', commit };
  const { reference: image } = await ensurePushed(project, options);
  let digest = '';
  await progress.phase('Tests on the image', async (work) => {
    const labels = labelsOf(project, revision);
    await buildTests(project, { tag: name, image, labels }, options, work);
    try {
      ({ digest } = await push((await identityOf(name, signal)).id, name, { signal }));
    } catch (error) {
      // Another machine was first: these are the tests of the same commit.
      if (!(error instanceof FabricaError) || error.code !== 'tag-exists') throw error;
      digest = (await asked())?.digest ?? '';
    } finally {
      // The registry has it; here each commit would leave one more.
      await docker(['rmi', name]);
    }
    return name;
  });
  return { reference: `${repository}@${digest}`, outcome: 'built', commit };
}

function uncommitted({ name, folder }: Project): FabricaError {
  return new FabricaError(
    'uncommitted',
    `${folder} is not committed as it is: nobody could say later what was tested`,
    {
      hint: `git add ${folder} && git commit, then the tests again; npx nx test ${name} runs them as they are, on this machine`,
    },
  );
}

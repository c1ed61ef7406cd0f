import { buildWheel, type BuildOptions, type Wheel } from '../python/build';
import { inTemporaryFolder } from '../support/files';
import { exportWorkingTree, isRepository } from './git';

export interface BuiltPackage {
  readonly wheel: Wheel;
  /** The git tree that it was built from; undefined in a workspace that is not under git. */
  readonly tree?: string;
}

/**
 * Builds the wheel of a shared package from what git would commit of its folder: a log or a secret that lies there,
 * ignored, is in no release, and a clone builds the same bytes.
 */
export async function buildPackage(
  root: string,
  folder: string,
  options: BuildOptions,
): Promise<BuiltPackage> {
  if (!(await isRepository(root))) return { wheel: await buildWheel(root, folder, options) };
  return inTemporaryFolder(root, async (draft) => {
    const { path, tree } = await exportWorkingTree(root, folder, draft);
    return { wheel: await buildWheel(root, path, { ...options, called: folder }), tree };
  });
}

import { formatFiles, type Tree } from '@nx/devkit';
import { addRelease } from '../../generators/init/generator';

/**
 * Has `nx release` release the shared packages. A workspace that says already how it releases keeps it.
 *
 * @returns what Nx tells the person in the end
 */
export default async function addReleaseSettings(tree: Tree): Promise<string[]> {
  if (!addRelease(tree)) return [];
  await formatFiles(tree);
  return ['nx.json says now how shared packages are released: npx nx release --dry-run shows it'];
}

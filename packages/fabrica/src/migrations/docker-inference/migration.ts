import { formatFiles, type Tree } from '@nx/devkit';
import { addDocker } from '../../generators/init/docker';

/**
 * Has Nx infer from the Dockerfiles of projects what `image` is built on. The package comes with `packageJsonUpdates`;
 * a workspace that lists it already keeps its settings.
 *
 * @returns what Nx tells the person in the end
 */
export default async function addDockerInference(tree: Tree): Promise<string[]> {
  if (!addDocker(tree)) return [];
  await formatFiles(tree);
  return ['nx.json lists @nx/docker now, beneath image: npx nx run-many -t image builds all images'];
}

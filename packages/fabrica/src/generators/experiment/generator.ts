import type { GeneratorCallback, Tree } from '@nx/devkit';
import { warningOf } from '../../experiments/report';
import { FabricaError } from '../../support/errors';
import { layoutPath, SETTINGS, withUses } from '../../workspace';
import { prepareWorkspace, setUpNotebooks } from '../init/generator';
import { sayNext } from '../shared/next';
import { asCallback, asGenerator } from '../shared/outcome';
import { findProject } from '../shared/projects';
import { notebook } from './notebook';
import { readOptions, type ExperimentGeneratorSchema, type ExperimentOptions } from './options';

/**
 * Starts an experiment: `npx nx g fabrica:experiment bikes rain --uses weather`. Run again, it keeps the notebook, and
 * adds what the experiment uses beyond that.
 */
export default async function experimentGenerator(
  tree: Tree,
  given: ExperimentGeneratorSchema,
): Promise<GeneratorCallback | void> {
  return asGenerator(tree.root, () => {
    const options = readOptions(given);
    const folder = findProject(tree, options.project);
    for (const name of options.uses) findProject(tree, name);
    const path = pathOf(tree, folder, options);
    const settings = `${folder}/${SETTINGS}`;
    const text = tree.read(settings, 'utf8') ?? '';
    const added = withUses(settings, text, options.uses);
    const isNew = !tree.exists(`${folder}/${path}`);
    if (added !== text) tree.write(settings, added);
    if (isNew) tree.write(`${folder}/${path}`, notebook(options));
    prepareWorkspace(tree);
    if (!isNew && added === text) return;
    return asCallback(tree.root, async () => {
      setUpNotebooks(tree.root);
      const warning = warningOf(tree.root, folder);
      if (warning) process.stderr.write(`${warning}\n`);
      sayNext([
        `npx nx run ${options.project}:notebook   # opens JupyterLab: ${path}`,
        `npx nx run ${options.project}:notebook --execute=${path}`,
      ]);
    });
  });
}

/** The notebook's path in the project. What has the name and isn't this experiment is somebody's work. */
function pathOf(tree: Tree, folder: string, { project, name }: ExperimentOptions): string {
  const home = layoutPath('experiment', { name });
  const path = `${home}/${name}.ipynb`;
  const isTaken = tree.exists(`${folder}/${home}`) || tree.exists(`${folder}/${home}.ipynb`);
  if (!isTaken || tree.exists(`${folder}/${path}`)) return path;
  throw new FabricaError('name-taken', `${folder} has ${home} already, and it holds no ${name}.ipynb`, {
    hint: `npx nx g fabrica:experiment ${project} ${name}-2`,
  });
}

import type { GeneratorCallback, Tree } from '@nx/devkit';
import { isLocked } from '../../python/check-lock';
import { Cancelled, FabricaError, throwAll } from '../../support/errors';
import { PYPROJECT } from '../../workspace';
import { TEMPLATES, type Templates } from '../project/template';
import { lockNow } from '../shared/lock';
import { sayNext } from '../shared/next';
import { asCallback, asGenerator } from '../shared/outcome';
import { findProject, nameOf, projectsIn } from '../shared/projects';
import { readOptions, type UpdateGeneratorSchema, type UpdateOptions } from './options';
import { updateProject, type Update } from './project';
import { checksOf, problems, report } from './report';

/**
 * Brings projects up to date with the template: `nx g fabrica:update bikes`, or `--all`. What the template changed and
 * what people changed is merged; what can't be is left in conflict markers, and listed.
 */
export default async function updateGenerator(
  tree: Tree,
  given: UpdateGeneratorSchema,
): Promise<GeneratorCallback | void> {
  return asGenerator(tree.root, () => update(tree, given, TEMPLATES));
}

/** {@link updateGenerator} with the templates of one's choice. */
export async function update(
  tree: Tree,
  given: UpdateGeneratorSchema,
  templates: Templates,
  print = (text: string) => void process.stdout.write(text),
): Promise<GeneratorCallback | void> {
  const options = readOptions(given);
  // Nx says so by its environment alone. What isn't written need not be taken back.
  const dry = process.env.NX_DRY_RUN === 'true';
  const updates: Update[] = [];
  for (const folder of foldersOf(tree, options))
    updates.push(await updateProject(tree, folder, templates, options.force || (dry && !options.all)));
  if (!options.all && updates[0]?.refused) throw updates[0].refused;
  if (dry)
    return print(
      `${report(updates)}${problems(updates)
        .map(({ message }) => `\n${message}\n`)
        .join('')}`,
    );
  return asCallback(tree.root, async () => {
    const errors = options.skipLock ? [] : await lockChanged(tree.root, updates);
    print(`\n${report(updates)}`);
    throwAll([...problems(updates), ...errors]);
    const names = updates.filter(({ steps }) => steps.length).map(({ folder }) => nameOf(folder));
    if (names.length) sayNext(['git diff', checksOf(names)], print);
  });
}

function foldersOf(tree: Tree, { name, all }: UpdateOptions): string[] {
  return all ? projectsIn(tree) : [findProject(tree, name ?? '')];
}

/** The locks of projects whose dependencies moved; one that fails doesn't keep the others from theirs. */
async function lockChanged(root: string, updates: readonly Update[]): Promise<FabricaError[]> {
  const errors: FabricaError[] = [];
  for (const { folder, steps } of updates) {
    if (!steps.some(({ path, content }) => path === PYPROJECT && content) || isLocked(root, folder)) continue;
    try {
      await lockNow(root, folder);
    } catch (error) {
      if (!(error instanceof FabricaError) || error instanceof Cancelled) throw error;
      errors.push(error);
    }
  }
  return errors;
}

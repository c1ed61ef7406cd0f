import type { GeneratorCallback, Tree } from '@nx/devkit';
import { join } from 'node:path';
import { readPyproject } from '../../python/pyproject';
import { FabricaError } from '../../support/errors';
import { HOMES, moduleOf } from '../../workspace';
import { lockNow } from '../shared/lock';
import { sayNext } from '../shared/next';
import { asCallback, asGenerator } from '../shared/outcome';
import { nameOf } from '../shared/projects';
import { removeRest } from '../shared/remove-rest';
import type { Renaming } from '../shared/sources';
import { readMoving, type Moving } from './moving';
import { checkStaying } from './needs';
import { readOptions, type GraduateGeneratorSchema, type GraduateOptions } from './options';
import { addNeeds, addTest, moveInto } from './package';
import { stillNamed } from './remarks';
import { prepareTarget, readTarget, type Target } from './target';
import { testsOf } from './tests';
import { rewriteUsers } from './users';

/**
 * Moves modules of a project into a shared package: `nx g fabrica:graduate bikes.features --to weather`. Who uses them
 * imports them from there; nothing is written when one of these imports can't be rewritten.
 */
export default async function graduateGenerator(
  tree: Tree,
  given: GraduateGeneratorSchema,
): Promise<GeneratorCallback | void> {
  return asGenerator(tree.root, async () => {
    const options = readOptions(given);
    const target = readTarget(tree, options.to);
    if (isDone(tree, options, target)) {
      process.stdout.write(`${options.modules.join(', ')}: in ${target.folder} already.\n`);
      return;
    }
    const moving = readMoving(tree, options);
    checkStaying(moving, options.to);
    const users = await graduate(tree, moving, target);
    const named = stillNamed(moving);
    if (named.length) process.stdout.write(`What moved is still named here: ${named.join(', ')}\n`);
    return asCallback(tree.root, async () => {
      // Folders that hold nothing but caches would still be modules.
      for (const module of moving.modules)
        removeRest(join(tree.root, moving.folder, 'src', ...module.split('.')));
      if (!options.skipLock) await lockNow(tree.root, target.folder);
      sayNext(nextSteps(options, target, moving, users));
    });
  });
}

function isDone(tree: Tree, { modules }: GraduateOptions, { folder, module }: Target): boolean {
  return modules.every((one) => {
    const [project = '', ...parts] = one.split('.');
    const has = (place: string) => tree.exists(`${place}.py`) || tree.exists(`${place}/__init__.py`);
    const before = `${HOMES.project}/${project.replaceAll('_', '-')}/src/${moduleOf(project)}/${parts.join('/')}`;
    const now = `${folder}/src/${module.replaceAll('.', '/')}/${parts.at(-1)}`;
    return has(now) && !has(before);
  });
}

/** Writes all of it to the tree; the folders of the projects that now use the package. */
async function graduate(tree: Tree, moving: Moving, target: Target): Promise<string[]> {
  const { folder, modules, moved, root } = moving;
  const now = new Map(modules.map((module) => [module, `${target.module}.${module.split('.').at(-1)}`]));
  if (new Set(now.values()).size < modules.length)
    throw new FabricaError('name-taken', 'two of the modules would have the same name in the package', {
      hint: 'rename one of them, or graduate them one by one into two packages',
    });
  const { requiresPython } = readPyproject(join(tree.root, folder));
  await prepareTarget(tree, target, { from: nameOf(folder), requiresPython });
  const renaming: Renaming = { root, rename: (module) => now.get(module) };
  const taken = new Set(tree.children(`${target.folder}/tests`));
  const tests = testsOf(moving).filter(({ path }) => !taken.has(nameOf(path)));
  addNeeds(tree, target, moving, tests);
  moveInto(tree, target, moving, [...moved, ...tests], renaming);
  addTest(tree, target, [...now.values()]);
  return rewriteUsers(tree, moving, target, renaming, new Set([...moved, ...tests].map(({ path }) => path)));
}

function nextSteps(
  { skipLock }: GraduateOptions,
  { name, distribution }: Target,
  { folder, modules }: Moving,
  users: readonly string[],
): string[] {
  const all = [...new Set([nameOf(folder), ...users.map(nameOf)])].join(',');
  return [
    ...(skipLock ? [`npx nx run ${name}:lock`] : []),
    `npx nx run ${name}:format`,
    `npx nx test ${name}`,
    `git add --all && git commit -m "Move ${modules.join(', ')} to ${distribution}"`,
    `npx nx run ${name}:publish`,
    ...users.map((user) => `npx nx run ${nameOf(user)}:lock`),
    `npx nx run-many -t format -p ${all}   # the order of imports`,
    `npx nx run-many -t test -p ${all}`,
    `git add --all && git commit -m "Use ${distribution}"`,
  ];
}

import type { GeneratorCallback, Tree } from '@nx/devkit';
import { join } from 'node:path';
import { checkName, findConflicts, HOMES, moduleOf, PYPROJECT } from '../../workspace';
import { FabricaError } from '../../support/errors';
import { sayNext } from '../shared/next';
import { asCallback, asGenerator } from '../shared/outcome';
import { checkStopped, findProject } from '../shared/projects';
import { filesOf } from '../shared/sources';
import { takenNames } from '../shared/taken';
import { syncFolders } from '../sync/generator';
import { moveRest } from './move-rest';
import { readOptions, type RenameGeneratorSchema, type RenameOptions } from './options';
import { moved, renameInOthers, renameOwn, type Renamed } from './rename';
import { remarks } from './remarks';

/**
 * Gives a project another name: `nx g fabrica:rename bikes city-bikes`. Its folder, module, imports and commands get
 * it, also in other projects; what may mean something else stays, and is listed.
 */
export default async function renameGenerator(
  tree: Tree,
  given: RenameGeneratorSchema,
): Promise<GeneratorCallback | void> {
  return asGenerator(tree.root, async () => {
    const options = readOptions(given);
    if (isDone(tree, options)) {
      process.stdout.write(`${options.name} is called ${options.to} already.\n`);
      return;
    }
    const renamed = await plan(tree, options);
    renameOwn(tree, renamed);
    renameInOthers(tree, renamed);
    syncFolders(tree, [renamed.to.folder]);
    process.stdout.write(remarks(tree, renamed));
    return asCallback(tree.root, async () => {
      const [before, now] = [renamed.from, renamed.to].map(({ folder }) => join(tree.root, folder));
      moveRest(before, now, (path) => moved(path, renamed));
      sayNext([
        `npx nx run ${options.to}:format   # names of another length may ask for other line breaks`,
        `npx nx test ${options.to}`,
        `git add --all && git commit -m "${options.name} is ${options.to}"`,
      ]);
    });
  });
}

function isDone(tree: Tree, { name, to }: RenameOptions): boolean {
  return [name, to].map((one) => tree.exists(`${HOMES.project}/${one}/${PYPROJECT}`)).join() === 'false,true';
}

/** @throws FabricaError for a name that can't be, and for a project that can't move now */
async function plan(tree: Tree, { name, to }: RenameOptions): Promise<Renamed> {
  const folder = findProject(tree, name);
  const target = `${HOMES.project}/${to}`;
  checkName(to, 'project', takenNames(tree, folder), `fabrica:rename ${name}`);
  if (tree.children(target).length)
    throw new FabricaError('name-taken', `${target} exists already`, {
      hint: `npx nx g fabrica:rename ${name} ${to}-2, or move what is in ${target} away`,
    });
  await checkStopped(tree.root, name);
  const [conflict] = findConflicts(tree.root, folder);
  if (conflict)
    throw new FabricaError('open-conflicts', `${conflict.file}:${conflict.line}: a merge is not finished`, {
      hint: 'solve it, then the same command again',
    });
  return {
    from: { name, folder, module: moduleOf(name) },
    to: { name: to, folder: target, module: moduleOf(to) },
    files: filesOf(tree, folder),
  };
}

import type { GeneratorCallback, Tree } from '@nx/devkit';
import { join } from 'node:path';
import { endContainers } from '../../develop/session';
import { DRAINING } from '../../executors/service';
import { run, stopProcess } from '../../support/processes';
import { FabricaError } from '../../support/errors';
import { HOMES, moduleOf, SETTINGS } from '../../workspace';
import { sayNext } from '../shared/next';
import { asCallback, asGenerator } from '../shared/outcome';
import { checkCommitted, checkStopped, findProject, runningOf } from '../shared/projects';
import { filesOf } from '../shared/sources';
import { usersOf, type UseOfProject } from '../shared/users';
import { withoutUse } from '../shared/uses';
import { syncFolders } from '../sync/generator';
import { readOptions, type RemoveGeneratorSchema, type RemoveOptions } from './options';
import { removeRest } from '../shared/remove-rest';

/** Takes a project out of the workspace: `nx g fabrica:remove bikes`. */
export default async function removeGenerator(
  tree: Tree,
  given: RemoveGeneratorSchema,
): Promise<GeneratorCallback | void> {
  return asGenerator(tree.root, async () => {
    const options = readOptions(given);
    if (await isGone(tree, options)) {
      process.stdout.write(`${options.name} is gone already: git has it.\n`);
      return;
    }
    const folder = findProject(tree, options.name);
    const uses = usersOf(tree, folder, { name: options.name, module: moduleOf(options.name) });
    if (!options.force) await check(tree, folder, options, uses);
    for (const { path } of filesOf(tree, folder)) tree.delete(`${folder}/${path}`);
    for (const { folder: user } of uses) forget(tree, user, options);
    syncFolders(tree);
    return asCallback(tree.root, () => finish(tree.root, folder, options, uses));
  });
}

/** Whether there was such a project, and is no longer. */
async function isGone(tree: Tree, { name }: RemoveOptions): Promise<boolean> {
  const file = `${HOMES.project}/${name}/${SETTINGS}`;
  if (tree.exists(file)) return false;
  const { code, stdout } = await run('git', ['log', '-1', '--format=%h', '--', file], { cwd: tree.root });
  return code === 0 && stdout.trim() !== '';
}

/** @throws FabricaError `still-used`, `still-running`, `not-committed` */
async function check(
  tree: Tree,
  folder: string,
  { name }: RemoveOptions,
  uses: readonly UseOfProject[],
): Promise<void> {
  const force = `npx nx g fabrica:remove ${name} --force`;
  if (uses.length) {
    const needed = uses.find(({ module }) => module?.includes('.'))?.module;
    const share = needed ? `npx nx g fabrica:graduate ${needed} --to ${name}-shared\nor ` : '';
    throw new FabricaError(
      'still-used',
      `${name} is used by others:\n${uses.map(({ text }) => `  ${text}`).join('\n')}`,
      { hint: `${share}${force}` },
    );
  }
  await checkStopped(tree.root, name, force);
  await checkCommitted(tree.root, folder, 'the removal', force);
}

/** Experiments that used the project don't name it any more: fabrica.yaml names no project that isn't there. */
function forget(tree: Tree, user: string, { name }: RemoveOptions): void {
  const file = `${user}/${SETTINGS}`;
  const text = tree.read(file, 'utf8') ?? '';
  const now = withoutUse(text, name);
  if (now !== text) tree.write(file, now);
}

async function finish(
  root: string,
  folder: string,
  { name }: RemoveOptions,
  uses: readonly UseOfProject[],
): Promise<void> {
  await Promise.all(runningOf(root, name).map((record) => stopProcess(root, record, DRAINING)));
  await endContainers(root, { name, folder });
  const kept = removeRest(join(root, folder));
  const broken = uses.filter(({ module }) => module !== undefined);
  const said = [
    ...(broken.length ? ['These imports work no longer:', ...broken.map(({ text }) => `  ${text}`)] : []),
    ...(kept.length
      ? [`Kept, since git ignores it: ${kept.map((path) => `${folder}/${path}`).join(', ')}`]
      : []),
    `The store keeps the runs and models of ${name}.`,
  ];
  process.stdout.write(said.map((line) => `${line}\n`).join(''));
  sayNext([
    `git add --all && git commit -m "Remove ${name}"`,
    ...(kept.length ? [`rm -r ${folder}   # when nobody needs what is left`] : []),
  ]);
}

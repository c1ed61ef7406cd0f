import type { GeneratorCallback, Tree } from '@nx/devkit';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { checkLock } from '../../python/check-lock';
import { ensurePypi } from '../../registries/registries';
import { seed } from '../../registries/seed';
import { sharedPins } from '../../registries/shared';
import { bringWheels } from '../../registries/wheels';
import { FabricaError } from '../../support/errors';
import { inTemporaryFolder } from '../../support/files';
import { interruptibleIn } from '../../support/processes';
import { Progress } from '../../support/progress';
import { PYPROJECT, readProject, type Project } from '../../workspace';
import removeGenerator from '../remove/generator';
import { sayNext } from '../shared/next';
import { asCallback, asGenerator } from '../shared/outcome';
import { checkCommitted, findProject } from '../shared/projects';
import { tomlName } from '../shared/toml';
import { writeClusters } from './clusters';
import { commitAll, exportHistory } from './history';
import { readOptions, type EjectGeneratorSchema, type EjectOptions } from './options';
import { plainCommands } from './plain';
import { writePlain } from './write';

/**
 * Makes a project a repository of its own, with its history: `nx g fabrica:eject bikes --to ../bikes`. It is made whole
 * in a folder of the toolkit's, and only then put where it belongs.
 */
export default async function ejectGenerator(
  tree: Tree,
  given: EjectGeneratorSchema,
): Promise<GeneratorCallback | void> {
  return asGenerator(tree.root, async () => {
    const options = readOptions(given);
    const target = resolve(tree.root, options.to);
    if (isDone(target, options)) {
      process.stdout.write(`${options.name} is in ${options.to} already.\n`);
      return;
    }
    const folder = findProject(tree, options.name);
    checkTarget(tree.root, target, options);
    await checkCommitted(tree.root, folder, 'the last changes');
    checkLock(tree.root, folder);
    const project = readProject(tree.root, folder);
    // Says whether that can be, before anything is written.
    const removed = options.remove ? await removeGenerator(tree, { name: options.name }) : undefined;
    // Nx says so by its environment alone, and can't hold back what is written outside of the workspace.
    if (process.env.NX_DRY_RUN === 'true') {
      process.stdout.write(`${options.to} would become the repository of ${options.name}.\n`);
      return;
    }
    await eject(tree.root, project, target);
    return asCallback(tree.root, async () => {
      await removed?.();
      sayNext([
        `cd ${relative(process.cwd(), target) || '.'}`,
        'less README.md',
        'git remote add origin URL && git push -u origin main',
      ]);
    });
  });
}

/** Whether the folder is what this generator made of the project. */
function isDone(target: string, { name }: EjectOptions): boolean {
  const file = join(target, PYPROJECT);
  return (
    existsSync(join(target, '.git')) && existsSync(file) && tomlName(readFileSync(file, 'utf8')) === name
  );
}

/** @throws FabricaError `bad-target` */
function checkTarget(root: string, target: string, { name, to }: EjectOptions): void {
  const hint = `npx nx g fabrica:eject ${name} --to ../${name}`;
  if (!relative(root, target).startsWith('..'))
    throw new FabricaError(
      'bad-target',
      `${to} is in the workspace: a repository of its own stands outside`,
      { hint },
    );
  if (existsSync(target) && readdirSync(target).length)
    throw new FabricaError('bad-target', `${to} exists, and is not empty`, { hint: `${hint}-2` });
}

async function eject(root: string, project: Project, target: string): Promise<void> {
  const { name, folder } = project;
  const progress = new Progress();
  await interruptibleIn(root, (signal) =>
    inTemporaryFolder(root, async (draft) => {
      const repository = join(draft, name);
      await progress.phase('History', () => exportHistory(root, folder, draft, repository));
      const pins = sharedPins(root, folder);
      if (pins.length)
        await progress.phase('Shared packages', async () => {
          const registry = await ensurePypi(root, { signal, progress });
          await seed(root, registry, pins, { signal, progress, project: name });
          await bringWheels(registry, pins, join(repository, 'vendor'), signal);
          return `${pins.length} wheels in vendor`;
        });
      const clusters = await writeClusters(root, project, repository, { signal, progress });
      writePlain(repository, project, { ...plainCommands(project, pins.length > 0), clusters });
      await commitAll(root, repository, `${name} stands on its own`);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(repository, target, { recursive: true });
    }),
  );
}

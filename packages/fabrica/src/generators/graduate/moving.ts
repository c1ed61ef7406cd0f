import type { Tree } from '@nx/devkit';
import { FabricaError } from '../../support/errors';
import { didYouMean, moduleOf } from '../../workspace';
import { findProject, nameOf, projectsIn } from '../shared/projects';
import { filesOf, type SourceFile } from '../shared/sources';
import type { GraduateOptions } from './options';

/** Modules of a project that move into a package, and their files. */
export interface Moving {
  readonly folder: string;
  /** The project's own module: `bikes`. */
  readonly root: string;
  /** `bikes.features` */
  readonly modules: readonly string[];
  readonly files: readonly SourceFile[];
  /** Those of the project's files that are these modules. */
  readonly moved: readonly SourceFile[];
}

/** What the toolkit finds by its place: it would be nothing in a package. */
const PLACES = ['pipelines', 'service', 'app', 'datasets'];

/** @throws FabricaError `no-project`, `no-module`, `stays-in-project` */
export function readMoving(tree: Tree, { modules, to }: GraduateOptions): Moving {
  const names = new Set(modules.map((one) => one.split('.')[0] as string));
  const [given = ''] = names;
  if (names.size !== 1 || modules.some((one) => !one.includes('.')))
    throw new FabricaError('no-module', 'name modules of one project, each as PROJECT.MODULE', {
      hint: `npx nx g fabrica:graduate ${given || 'my-project'}.features --to ${to}`,
    });
  const folder = findProject(tree, nameGiven(tree, given));
  const root = moduleOf(nameOf(folder));
  const absolute = modules.map((one) => root + one.slice(given.length));
  const files = filesOf(tree, folder);
  for (const module of absolute) check(module, folder, files);
  const moved = files.filter(({ path }) => absolute.some((module) => isOf(path, module)));
  return { folder, root, modules: absolute, files, moved };
}

/** A project goes by its name, or by its module's. */
function nameGiven(tree: Tree, given: string): string {
  const names = projectsIn(tree).map(nameOf);
  return names.find((name) => moduleOf(name) === given) ?? given;
}

function check(module: string, folder: string, files: readonly SourceFile[]): void {
  const [, first = ''] = module.split('.');
  if (PLACES.includes(first))
    throw new FabricaError(
      'stays-in-project',
      `${module} belongs to the project: the toolkit knows pipelines, services, apps and datasets by their place there`,
      { hint: 'move the functions that others need into a module of their own, and graduate that' },
    );
  if (files.some(({ path }) => isOf(path, module) && path.endsWith('.py'))) return;
  const others = [...new Set(files.flatMap(({ path }) => moduleAt(path) ?? []))];
  throw new FabricaError('no-module', `${folder} has no module ${module}${didYouMean(module, others)}`, {
    hint: `its modules are ${others.join(', ')}`,
  });
}

function moduleAt(path: string): string | undefined {
  return /^src\/(.+?)(?:\/__init__)?\.py$/.exec(path)?.[1]?.replaceAll('/', '.');
}

function isOf(path: string, module: string): boolean {
  const place = `src/${module.replaceAll('.', '/')}`;
  return path.startsWith(`${place}/`) || path === `${place}.py` || path === `${place}.pyi`;
}

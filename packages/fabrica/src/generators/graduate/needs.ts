import { join } from 'node:path';
import { ownersOf, readInstalled, type Installed } from '../../boundaries/installed';
import { importsOf, resolveRelative, type Import } from '../../imports';
import { readPyproject, type Pyproject, type StatedRequirement } from '../../python/pyproject';
import { FabricaError, throwAll } from '../../support/errors';
import { STANDARD_LIBRARY } from '../../workspace/python-names';
import { importPath, type SourceFile } from '../shared/sources';
import type { Moving } from './moving';

/** An import, by all the modules that it may name, and where it is. */
interface Needed {
  readonly names: readonly string[];
  readonly file: string;
  readonly line: number;
}

/** What some files of the project import. */
export function importsIn(files: readonly SourceFile[]): Needed[] {
  return files
    .filter(({ path }) => /\.pyi?$/.test(path))
    .flatMap(({ path, content }) =>
      importsOf(content).imports.flatMap((one) => {
        const module = resolveRelative(one, importPath(path));
        return module ? [{ names: namesOf(one, module), file: path, line: one.line }] : [];
      }),
    );
}

function namesOf({ names }: Import, module: string): string[] {
  return names?.length && names[0] !== '*' ? names.map((name) => `${module}.${name}`) : [module];
}

/** Those of some imports that are of the project, and stay there. */
export function staying(needed: readonly Needed[], { root, modules }: Moving): Needed[] {
  const isOwn = (name: string) => name === root || name.startsWith(`${root}.`);
  const isMoved = (name: string) => modules.some((one) => name === one || name.startsWith(`${one}.`));
  return needed.flatMap((one) => {
    const names = one.names.filter((name) => isOwn(name) && !isMoved(name));
    return names.length ? [{ ...one, names }] : [];
  });
}

/** @throws FabricaErrors `needs-project`: what moves can't import what stays */
export function checkStaying(moving: Moving, to: string): void {
  const found = staying(importsIn(moving.moved), moving);
  throwAll(
    found.map(({ names, file, line }) => {
      const place = { file: `${moving.folder}/${file}`, line };
      const what = names.join(', ');
      return new FabricaError('needs-project', `imports ${what}, which stays in the project`, {
        place,
        hint: `move it along: npx nx g fabrica:graduate ${[...moving.modules, names[0]].join(',')} --to ${to}\nor give what it needs as an argument`,
      });
    }),
  );
}

/**
 * The requirements of the project that bring what some files import. Which distribution brings a module is read from
 * the project's environment, where it has one.
 *
 * @throws FabricaErrors `undeclared`, `not-installed`
 */
export function requirementsFor(
  root: string,
  { folder, root: own }: Moving,
  needed: readonly Needed[],
): StatedRequirement[] {
  const pyproject = readPyproject(join(root, folder));
  const installed = readInstalled(join(root, folder));
  const found = new Map<string, StatedRequirement>();
  const errors: FabricaError[] = [];
  for (const { names, file, line } of needed)
    for (const name of names) {
      const [first = ''] = name.split('.');
      if (first === own || STANDARD_LIBRARY.has(first) || first.startsWith('_')) continue;
      const requirement = requirementOf(name, pyproject, installed);
      if (requirement === undefined) continue;
      if (typeof requirement === 'object') found.set(requirement.name, requirement);
      else errors.push(unclear(requirement, { folder, file, line, name }));
    }
  throwAll(errors);
  return [...found.values()];
}

/** The requirement; what is wrong where there is none; undefined for a module that isn't there, and isn't missed. */
function requirementOf(
  module: string,
  { dependencies }: Pyproject,
  installed: Installed | undefined,
): StatedRequirement | 'undeclared' | 'not-installed' | undefined {
  const owners = installed ? ownersOf(installed, module) : guess(module);
  if (!owners) return undefined;
  const found = dependencies.find(({ name }) => owners.includes(name));
  return found ?? (installed ? 'undeclared' : 'not-installed');
}

/** Without an environment: a distribution that is called like its module. */
function guess(module: string): string[] {
  const [first = '', second = ''] = module.replaceAll('_', '-').split('.');
  return [first === 'fabrica' ? `fabrica-${second}` : first];
}

function unclear(
  code: 'undeclared' | 'not-installed',
  { folder, file, line, name }: { folder: string; file: string; line: number; name: string },
): FabricaError {
  const place = { file: `${folder}/${file}`, line };
  return code === 'undeclared'
    ? new FabricaError(code, `imports ${name}, which no dependency in ${folder}/pyproject.toml brings`, {
        place,
        hint: `add what brings it to the dependencies, then npx nx run ${folder.split('/').at(-1)}:lock`,
      })
    : new FabricaError(
        code,
        `imports ${name}: which dependency brings it is only known from the environment`,
        {
          place,
          hint: `npx nx run ${folder.split('/').at(-1)}:install, then the same command again`,
        },
      );
}

import { generateFiles, OverwriteStrategy, type GeneratorCallback, type Tree } from '@nx/devkit';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { FabricaError } from '../../support/errors';
import { checkName, HOMES, moduleOf, PYPROJECT, SCHEMA_FILE } from '../../workspace';
import { prepareWorkspace } from '../init/generator';
import { lockNow } from '../shared/lock';
import { sayNext } from '../shared/next';
import { asCallback, asGenerator } from '../shared/outcome';
import { takenNames } from '../shared/taken';
import { docstring, titleOf } from '../shared/text';
import { addRequirements, distributionOf, tomlName } from '../shared/toml';
import { pinned, sharedVersions } from '../shared/versions';
import { ownerOf, readOptions, type ProjectGeneratorSchema, type ProjectOptions } from './options';
import { missingParts, partsOf, requirementsOf, type Part } from './parts';

/**
 * Starts a standalone project, or adds parts to one: `npx nx g fabrica:project bikes --app`. What is there stays as it
 * is; in pyproject.toml alone, dependencies that a new part needs are added.
 */
export default async function projectGenerator(
  tree: Tree,
  given: ProjectGeneratorSchema,
): Promise<GeneratorCallback | void> {
  return asGenerator(tree.root, () => {
    const read = readOptions(given);
    const folder = `${HOMES.project}/${read.name}`;
    checkName(read.name, 'project', takenNames(tree, folder));
    const isNew = !isProject(tree, folder, read.name);
    // A new project has a pipeline; one that exists gets what was asked for, and nothing else.
    const options = { ...read, pipeline: read.pipeline ?? isNew };
    const parts = missingParts(tree, folder, options);
    checkParts(tree, folder, options);
    prepareWorkspace(tree);
    if (isNew) writeBase(tree, folder, options, parts);
    else addToPyproject(tree, folder, parts);
    const all = [...partsOf(tree, folder, options.name), ...parts];
    for (const part of parts) write(tree, part, folder, variables(options, all));
    if (!isNew && !parts.length) return;
    return asCallback(tree.root, async () => {
      if (!options.skipLock) await lockNow(tree.root, folder);
      sayNext(nextSteps(options, all));
    });
  });
}

function nextSteps({ name, skipLock }: ProjectOptions, parts: readonly Part[]): string[] {
  const deployed = parts.includes('pipeline') || parts.includes('service');
  return [
    ...(skipLock ? [`npx nx run ${name}:lock`] : []),
    `npx nx test ${name}`,
    ...(parts.includes('app') ? [`npx nx run ${name}:app`] : []),
    ...(deployed ? [`npx nx run ${name}:deploy`] : []),
  ];
}

/** Whether the folder is this project already; another thing there is an error. */
function isProject(tree: Tree, folder: string, name: string): boolean {
  const visible = tree.children(folder).filter((file) => !file.startsWith('.'));
  if (!visible.length) return false;
  const found = tomlName(tree.read(`${folder}/${PYPROJECT}`, 'utf8') ?? '');
  if (found === name) return true;
  throw new FabricaError(
    'name-taken',
    `${folder} exists and is ${found ? `the project "${found}"` : `no project: it has no ${PYPROJECT} that names it`}`,
    {
      hint: `npx nx g fabrica:project ${name}-2, or move what is in ${folder} away`,
    },
  );
}

function checkParts(tree: Tree, folder: string, options: ProjectOptions): void {
  if (!options.service || options.pipeline || partsOf(tree, folder, options.name).includes('pipeline'))
    return;
  throw new FabricaError('no-pipeline', 'a service predicts with a model, and a pipeline makes it', {
    hint: `npx nx g fabrica:project ${options.name} --pipeline --service`,
  });
}

function writeBase(tree: Tree, folder: string, options: ProjectOptions, parts: readonly Part[]): void {
  const { requirements, shared } = pinnedRequirements(tree, ['base', ...parts]);
  const owner = ownerOf(options, tree.root);
  write(tree, 'base', folder, { ...variables(options, parts), owner, requirements, shared });
}

function variables(options: ProjectOptions, parts: readonly Part[]): Record<string, unknown> {
  const { name } = options;
  const title = titleOf(name);
  return {
    name,
    title,
    module: moduleOf(name),
    dot: '.',
    description: options.description ?? `${title}.`,
    schema: `../../node_modules/fabrica/${SCHEMA_FILE}`,
    yaml: (text: string) => stringify(text, { lineWidth: 0 }).trimEnd(),
    docstring,
    ...Object.fromEntries(
      (['pipeline', 'service', 'app'] as const).map((part) => [part, parts.includes(part)]),
    ),
  };
}

function pinnedRequirements(
  tree: Tree,
  parts: readonly ('base' | Part)[],
): { requirements: string[]; shared: string[] } {
  const versions = sharedVersions(tree);
  const { shared, others } = requirementsOf(parts);
  return {
    requirements: [...shared.map((one) => pinned(one, versions)), ...others],
    shared: shared.map(distributionOf),
  };
}

function addToPyproject(tree: Tree, folder: string, parts: readonly Part[]): void {
  if (!parts.length) return;
  const file = `${folder}/${PYPROJECT}`;
  const { requirements, shared } = pinnedRequirements(tree, parts);
  tree.write(file, addRequirements(file, tree.read(file, 'utf8') ?? '', requirements, shared));
}

function write(tree: Tree, part: 'base' | Part, folder: string, values: Record<string, unknown>): void {
  generateFiles(tree, join(__dirname, 'files', part), folder, values, {
    overwriteStrategy: OverwriteStrategy.KeepExisting,
  });
}

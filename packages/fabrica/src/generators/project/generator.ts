import type { GeneratorCallback, Tree } from '@nx/devkit';
import { isLocked } from '../../python/check-lock';
import { FabricaError } from '../../support/errors';
import { checkName, HOMES, PYPROJECT, SETTINGS, withRecord, type Part } from '../../workspace';
import { prepareWorkspace, setUpNotebooks } from '../init/generator';
import { lockNow } from '../shared/lock';
import { sayNext } from '../shared/next';
import { ownerFor } from '../shared/owner';
import { asCallback, asGenerator } from '../shared/outcome';
import { syncFolders } from '../sync/generator';
import { takenNames } from '../shared/taken';
import { addRequirements, distributionOf, tomlName } from '../shared/toml';
import { pinned, sharedVersions } from '../shared/versions';
import { readOrigin } from './answers';
import { readOptions, type ProjectGeneratorSchema, type ProjectOptions } from './options';
import { missingParts, partsOf, requirementsOf } from './parts';
import { inOrder, render, type Answers, type Files } from './render';
import { TEMPLATES, type Template } from './template';

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
    const owner = isNew
      ? ownerFor(tree, options.owner, `npx nx g fabrica:project ${options.name}`)
      : undefined;
    prepareWorkspace(tree);
    const all = [...partsOf(tree, folder, options.name), ...parts];
    if (owner) startProject(tree, folder, options, parts, owner);
    else if (parts.length) addParts(tree, folder, parts, all);
    syncFolders(tree, [folder]);
    // One that was interrupted before its lock was written goes on there.
    if (!isNew && !parts.length && (options.skipLock || isLocked(tree.root, folder))) {
      process.stdout.write(`${folder} is there already, with all of that.\n`);
      return;
    }
    return asCallback(tree.root, async () => {
      setUpNotebooks(tree.root);
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

function startProject(
  tree: Tree,
  folder: string,
  options: ProjectOptions,
  parts: readonly Part[],
  owner: string,
): void {
  const { name, description } = options;
  const answers = { name, owner, description, parts, versions: sharedVersions(tree) };
  writeMissing(tree, folder, render(TEMPLATES.read(TEMPLATES.current), answers));
}

/** The parts come from the template that made the project: an update moves them on with all the rest. */
function addParts(tree: Tree, folder: string, parts: readonly Part[], all: readonly Part[]): void {
  const { answers, record } = readOrigin(tree, folder);
  const template = TEMPLATES.read(record?.version ?? TEMPLATES.current);
  if (record) bringAlong(tree, folder, template, answers, inOrder([...record.parts, ...parts]));
  addToPyproject(tree, folder, template, answers, parts);
  writeMissing(tree, folder, render(template, { ...answers, parts: all }, parts));
}

/** What nobody changed since it was generated says what it would with the new parts; and the record names them. */
function bringAlong(
  tree: Tree,
  folder: string,
  template: Template,
  answers: Answers,
  parts: readonly Part[],
): void {
  const before = render(template, answers, ['base']);
  for (const [path, content] of render(template, { ...answers, parts }, ['base'])) {
    const file = `${folder}/${path}`;
    const untouched = before.get(path)?.equals(tree.read(file) ?? Buffer.alloc(0));
    if (untouched) tree.write(file, content);
  }
  const settings = `${folder}/${SETTINGS}`;
  tree.write(
    settings,
    withRecord(tree.read(settings, 'utf8') ?? '', { version: template.version, parts: [...parts] }),
  );
}

function addToPyproject(
  tree: Tree,
  folder: string,
  template: Template,
  { versions }: Answers,
  parts: readonly Part[],
): void {
  const file = `${folder}/${PYPROJECT}`;
  const { shared, others } = requirementsOf(template, parts);
  const requirements = [...shared.map((one) => pinned(one, versions)), ...others];
  const text = tree.read(file, 'utf8') ?? '';
  tree.write(file, addRequirements(file, text, requirements, shared.map(distributionOf)));
}

function writeMissing(tree: Tree, folder: string, files: Files): void {
  for (const [path, content] of files)
    if (!tree.exists(`${folder}/${path}`)) tree.write(`${folder}/${path}`, content);
}

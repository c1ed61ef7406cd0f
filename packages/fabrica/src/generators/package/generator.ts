import {
  detectPackageManager,
  generateFiles,
  getPackageManagerCommand,
  installPackagesTask,
  OverwriteStrategy,
  type GeneratorCallback,
  type Tree,
} from '@nx/devkit';
import { join } from 'node:path';
import { BUILD_BACKEND } from '../../python/uv';
import { FabricaError } from '../../support/errors';
import { checkName, HOMES, moduleOf } from '../../workspace';
import { prepareWorkspace } from '../init/generator';
import { lockNow } from '../shared/lock';
import { sayNext } from '../shared/next';
import { asCallback, asGenerator } from '../shared/outcome';
import { takenNames } from '../shared/taken';
import { docstring, titleOf } from '../shared/text';
import { tomlName } from '../shared/toml';
import { readOptions, type PackageGeneratorSchema, type PackageOptions } from './options';
import { addNpmWorkspace, npmName } from './npm-workspace';

/** Starts a shared package, Python or TypeScript. Run again, it keeps what is there. */
export default async function packageGenerator(
  tree: Tree,
  given: PackageGeneratorSchema,
): Promise<GeneratorCallback | void> {
  return asGenerator(tree.root, () => {
    const options = readOptions(given);
    const folder = `${HOMES.package}/${options.name}`;
    checkName(options.name, 'package', takenNames(tree, folder));
    checkFolder(tree, folder, options);
    prepareWorkspace(tree);
    return options.language === 'python'
      ? writePython(tree, folder, options)
      : writeTypeScript(tree, folder, options);
  });
}

/** An existing folder must hold this package, in this language. */
function checkFolder(tree: Tree, folder: string, { name, language }: PackageOptions): void {
  const visible = tree.children(folder).filter((file) => !file.startsWith('.') && file !== 'node_modules');
  if (!visible.length) return;
  const manifest = { python: 'pyproject.toml', typescript: 'package.json' }[language];
  const text = tree.read(`${folder}/${manifest}`, 'utf8');
  const found =
    text === null
      ? undefined
      : language === 'python'
        ? tomlName(text)
        : (JSON.parse(text) as { name?: string }).name;
  const wanted = language === 'python' ? `fabrica-${name}` : npmName(tree, name);
  if (found === wanted) return;
  throw new FabricaError(
    'name-taken',
    `${folder} exists and is not ${wanted}: ${found ? `${manifest} calls it "${found}"` : `it has no ${manifest} that names it`}`,
    {
      hint: `npx nx g fabrica:package ${name}-2, or move what is in ${folder} away`,
    },
  );
}

function writePython(tree: Tree, folder: string, options: PackageOptions): GeneratorCallback | void {
  const isNew = !tree.exists(`${folder}/pyproject.toml`);
  copyLicence(tree, folder);
  write(tree, 'python', folder, {
    ...variables(tree, options),
    distribution: `fabrica-${options.name}`,
    backend: BUILD_BACKEND,
    licenceFile: tree.exists(`${folder}/LICENSE`),
  });
  if (!isNew) return;
  return asCallback(tree.root, async () => {
    if (!options.skipLock) await lockNow(tree.root, folder);
    sayNext(nextSteps(options, `npx nx run ${options.name}:lock`));
  });
}

/** `npm install`, or what it is called here. */
function installCommand(tree: Tree): string {
  return getPackageManagerCommand(detectPackageManager(tree.root)).install;
}

function nextSteps({ name, skipLock }: PackageOptions, skipped: string): string[] {
  return [
    ...(skipLock ? [skipped] : []),
    `npx nx test ${name}`,
    `npx nx release patch --projects=${name}   # its first version, when it is committed`,
  ];
}

/** The workspace's licence goes with each wheel. */
function copyLicence(tree: Tree, folder: string): void {
  const licence = tree.read('LICENSE');
  if (licence && !tree.exists(`${folder}/LICENSE`)) tree.write(`${folder}/LICENSE`, licence);
}

function writeTypeScript(tree: Tree, folder: string, options: PackageOptions): GeneratorCallback | void {
  const isNew = !tree.exists(`${folder}/package.json`);
  write(tree, 'typescript', folder, {
    ...variables(tree, options),
    distribution: npmName(tree, options.name),
    base: tree.exists('tsconfig.base.json'),
    preset: tree.exists('jest.preset.js'),
  });
  const changed = addNpmWorkspace(tree, folder);
  if (!isNew && !changed) return;
  return () => {
    if (!options.skipLock) installPackagesTask(tree, true);
    if (isNew) sayNext(nextSteps(options, installCommand(tree)));
  };
}

function variables(tree: Tree, { name, description }: PackageOptions): Record<string, unknown> {
  return {
    name,
    module: moduleOf(name),
    description: description ?? `${titleOf(name)}.`,
    licence: licenceOf(tree),
    docstring,
    toml: (text: string) => JSON.stringify(text).slice(1, -1),
  };
}

function licenceOf(tree: Tree): string | undefined {
  const { license, private: isPrivate } = JSON.parse(tree.read('package.json', 'utf8') ?? '{}') as {
    license?: string;
    private?: boolean;
  };
  // npm's default in a new workspace says nothing about what its people decided.
  return license && !(isPrivate && license === 'MIT') && license !== 'UNLICENSED' ? license : undefined;
}

function write(tree: Tree, language: string, folder: string, values: Record<string, unknown>): void {
  generateFiles(tree, join(__dirname, 'files', language), folder, values, {
    overwriteStrategy: OverwriteStrategy.KeepExisting,
  });
}

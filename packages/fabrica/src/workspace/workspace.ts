import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FabricaError } from '../support/errors';
import { HOMES, PYPROJECT, SETTINGS } from './layout';
import { languageOf, type Package } from './package';
import { placeOfName, placeOfWord } from './places';
import type { Project } from './project';
import { didYouMean } from './suggest';

/** Folders of projects, relative to the workspace, sorted. */
export function projectFolders(root: string): string[] {
  return foldersIn(root, HOMES.project).filter((folder) =>
    [PYPROJECT, SETTINGS].some((file) => existsSync(join(root, folder, file))),
  );
}

/** Folders of packages, relative to the workspace, sorted. */
export function packageFolders(root: string): string[] {
  return foldersIn(root, HOMES.package).filter((folder) => languageOf(root, folder) !== undefined);
}

function foldersIn(root: string, home: string): string[] {
  if (!existsSync(join(root, home))) return [];
  const entries = readdirSync(join(root, home), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${home}/${entry.name}`)
    .sort();
}

/** What only the whole workspace can tell; empty when all is well. */
export function checkWorkspace(
  root: string,
  projects: readonly Project[],
  packages: readonly Package[],
): FabricaError[] {
  return [
    ...sharedNames(root, projects, packages),
    ...projects.flatMap((project) => misnamed(root, project, projects)),
    ...projects.flatMap((project) => unknownUses(root, project, projects)),
  ];
}

function sharedNames(
  root: string,
  projects: readonly Project[],
  packages: readonly Package[],
): FabricaError[] {
  const first = new Map<string, { folder: string }>(
    packages.flatMap((unit) => [
      [unit.name, unit],
      [unit.distribution, unit],
    ]),
  );
  return projects.flatMap((project) => {
    const other = first.get(project.name);
    if (!other) {
      first.set(project.name, project);
      return [];
    }
    const folder =
      inOwnFolder(project) && other.folder.startsWith(`${HOMES.project}/`) ? other.folder : project.folder;
    const { text, place } = placeOfName(root, folder);
    return [
      new FabricaError(
        'name-taken',
        `${text}: two have the name "${project.name}": ${other.folder} and ${project.folder}`,
        {
          place,
          hint:
            other.folder === `${HOMES.project}/${project.name}` || folder !== project.folder
              ? `in ${place.file}: name = "${basename(folder)}"`
              : `git mv ${folder} ${folder}-model, and in its ${PYPROJECT}: name = "${basename(folder)}-model"`,
        },
      ),
    ];
  });
}

function inOwnFolder(project: Project): boolean {
  return basename(project.folder) === project.name;
}

/** The folder is how people and tools find a project: it has the same name. */
function misnamed(root: string, project: Project, projects: readonly Project[]): FabricaError[] {
  if (inOwnFolder(project) || projects.filter(({ name }) => name === project.name).length > 1) return [];
  const { text, place } = placeOfName(root, project.folder);
  return [
    new FabricaError(
      'misnamed',
      `${text}: the project calls itself "${project.name}", but its folder is ${project.folder}`,
      {
        place,
        hint: `in ${place.file}: name = "${basename(project.folder)}"\nor git mv ${project.folder} ${HOMES.project}/${project.name}`,
      },
    ),
  ];
}

function unknownUses(root: string, project: Project, projects: readonly Project[]): FabricaError[] {
  const others = projects.filter((other) => other !== project).map(({ name }) => name);
  const unknown = (project.settings.experiments?.uses ?? []).filter((name) => !others.includes(name));
  return unknown.map((name) => {
    const { text, place } = placeOfWord(root, project.folder, name);
    const problem =
      name === project.name
        ? 'a project need not name itself'
        : `there is no project "${name}"${didYouMean(name, others)}`;
    const hint = others.length
      ? `the other projects are ${others.join(', ')}`
      : `take it out of ${place.file}`;
    return new FabricaError('unknown-project', `${text}: experiments.uses: ${problem}`, { place, hint });
  });
}

import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import {
  AggregateCreateNodesError,
  type CreateDependencies,
  type CreateNodes,
  DependencyType,
  type RawProjectGraphDependency,
} from '@nx/devkit';
import { workspaceDataDirectory } from 'nx/src/utils/cache-directory';
import { FabricaError, FabricaErrors, forNx } from '../support/errors';
import {
  checkWorkspace,
  packageFolders,
  projectFolders,
  PYPROJECT,
  readOptions,
  readPackage,
  SETTINGS,
  type FabricaOptions,
  type Package,
} from '../workspace';
import { AnalysisCache } from './cache';
import { nodeOf, readUnit, rootNode, type Unit } from './nodes';
import { ownPlugin } from './own';

/** The nodes of a workspace. All mistakes of all files are reported at once; what is right is still there for Nx to show. */
export const inferNodes: CreateNodes<FabricaOptions>[1] = (files, _options, { workspaceRoot }) => {
  const plugin = ownPlugin(workspaceRoot);
  const cache = new AnalysisCache<Unit>(cacheFile(workspaceRoot), plugin.version);
  const { units, errors } = readUnits(workspaceRoot, files, cache);
  errors.push(...tryTo(workspaceRoot, 'nx.json', () => void readOptions(workspaceRoot)));
  cache.save();
  const results = [...units].map(
    ([file, unit]) => [file, { projects: projectsOf(nodeOf(workspaceRoot, unit, plugin)) }] as const,
  );
  const root = [['nx.json', { projects: projectsOf(rootNode(plugin)) }] as const].filter(() =>
    files.includes('nx.json'),
  );
  if (errors.length) throw new AggregateCreateNodesError(errors, [...root, ...results]);
  return [...root, ...results];
};

function projectsOf<T extends { root: string }>(node: T): Record<string, T> {
  return { [node.root]: node };
}

function cacheFile(root: string): string {
  return join(
    workspaceDataDirectory,
    `fabrica-${createHash('sha256').update(root).digest('hex').slice(0, 8)}.json`,
  );
}

type FileError = [file: string, error: Error];

/** The units by the file that Nx should name as their origin. Units with an error are left out. */
function readUnits(
  root: string,
  files: readonly string[],
  cache: AnalysisCache<Unit>,
): { units: Map<string, Unit>; errors: FileError[] } {
  const units = new Map<string, Unit>();
  const errors: FileError[] = [];
  for (const [folder, file] of foldersOf(files)) {
    errors.push(...tryTo(root, file, () => units.set(file, readUnit(root, folder, cache))));
  }
  for (const [file, error] of wrongTogether(root, [...units.values()])) {
    units.delete(file);
    errors.push([file, error]);
  }
  return { units, errors };
}

function foldersOf(files: readonly string[]): Map<string, string> {
  const folders = new Map<string, string>();
  // Sorted, so that pyproject.toml, when it is there, comes last and stands for its folder.
  for (const file of [...files].sort()) if (dirname(file) !== '.') folders.set(dirname(file), file);
  return folders;
}

/** Mistakes that only the whole workspace shows, such as two projects of one name. */
function wrongTogether(root: string, units: readonly Unit[]): FileError[] {
  const projects = units.flatMap((unit) => (unit.kind === 'project' ? [unit.project] : []));
  const packages = units.flatMap((unit) => (unit.kind === 'package' ? [unit.package] : []));
  return checkWorkspace(root, projects, packages).map((error) => [ownerOf(error), forNx(root, error)]);
}

function ownerOf({ place }: FabricaError): string {
  const file = place?.file ?? 'nx.json';
  return file.endsWith(SETTINGS) ? file.replace(SETTINGS, PYPROJECT) : file;
}

function tryTo(root: string, file: string, work: () => void): FileError[] {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof FabricaErrors) return error.errors.map((one) => [file, forNx(root, one)]);
    if (error instanceof FabricaError) return [[file, forNx(root, error)]];
    throw error;
  }
}

/**
 * Edges between shared packages, whose tests run against the working tree. A project has none to a package or to
 * another project: it pins versions, so a commit in a package changes no project. Where the plugin is installed from
 * a registry, projects depend on it alone: another version of it may run their tasks in another way.
 */
export const inferDependencies: CreateDependencies<FabricaOptions> = (
  _options,
  { workspaceRoot, projects, externalNodes },
) => {
  const packages = packageFolders(workspaceRoot).flatMap((folder) => readIfRight(workspaceRoot, folder));
  const between = packages.flatMap((unit) => {
    const known =
      unit.language === 'python' && projects[unit.name]
        ? unit.siblings.filter((sibling) => projects[sibling])
        : [];
    return known.map((sibling) => edge(unit.name, sibling, unit.folder));
  });
  if (!externalNodes?.[OURS] || ownPlugin(workspaceRoot).local) return between;
  const python = packages.filter(({ language, name: unit }) => language === 'python' && projects[unit]);
  const units = [...python, ...projectFolders(workspaceRoot).flatMap((folder) => nodesAt(folder, projects))];
  return [...between, ...units.map((unit) => edge(unit.name, OURS, unit.folder))];
};

/** What can't be read is no node either, and createNodes has said why. */
function readIfRight(root: string, folder: string): Package[] {
  try {
    return [readPackage(root, folder)];
  } catch (error) {
    if (error instanceof FabricaError) return [];
    throw error;
  }
}

function nodesAt(
  folder: string,
  projects: Readonly<Record<string, { root: string }>>,
): { name: string; folder: string }[] {
  const names = Object.keys(projects).filter((name) => projects[name]?.root === folder);
  return names.map((name) => ({ name, folder }));
}

const OURS = 'npm:fabrica';

function edge(source: string, target: string, folder: string): RawProjectGraphDependency {
  return { source, target, sourceFile: `${folder}/${PYPROJECT}`, type: DependencyType.static };
}

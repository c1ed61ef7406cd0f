import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ProjectConfiguration } from '@nx/devkit';
import { pipelinesOf } from '../../bin/pipeline-arguments.cjs';
import {
  HOMES,
  layoutPath,
  moduleOf,
  PYPROJECT,
  readPackage,
  readProject,
  SETTINGS,
  type Package,
  type Project,
} from '../workspace';
import { NPM_MANIFEST } from '../workspace/layout';
import { AnalysisCache, keyOf } from './cache';
import type { OwnPlugin } from './own';
import {
  ESLINT_FILES,
  projectTargets,
  pythonPackageTargets,
  SOURCES,
  typescriptPackageTargets,
  workspaceTargets,
  type TypeScriptTools,
} from './targets';

/** What was read from a folder of the workspace. */
export type Unit =
  | { readonly kind: 'project'; readonly project: Project }
  | { readonly kind: 'package'; readonly package: Package };

/** The root project: what concerns all projects is a target of it. */
export const ROOT_PROJECT = 'workspace';

/** Reads a folder, or remembers what it read when nothing changed. */
export function readUnit(root: string, folder: string, cache: AnalysisCache<Unit>): Unit {
  const at = join(root, folder);
  if (folder.startsWith(`${HOMES.package}/`)) {
    const key = keyOf(at, [PYPROJECT, NPM_MANIFEST], []);
    return cache.get(folder, key, () => ({ kind: 'package', package: readPackage(root, folder) }));
  }
  const module = layoutPath('module', { module: moduleOf(folder.split('/').at(-1) as string) });
  const key = `${keyOf(at, [SETTINGS, PYPROJECT], [module])}:${pipelinesOf(at).join()}`;
  return cache.get(folder, key, () => ({ kind: 'project', project: readProject(root, folder) }));
}

/** What Nx is told of a unit. */
export function nodeOf(root: string, unit: Unit, plugin: OwnPlugin): ProjectConfiguration {
  return unit.kind === 'project'
    ? projectNode(unit.project, plugin)
    : packageNode(root, unit.package, plugin);
}

function projectNode(project: Project, plugin: OwnPlugin): ProjectConfiguration {
  return {
    root: project.folder,
    name: project.name,
    projectType: 'application',
    sourceRoot: `${project.folder}/src`,
    tags: ['fabrica:project', `owner:${project.owner}`],
    metadata: { description: project.description, technologies: ['python'] },
    targets: projectTargets(project, plugin),
  };
}

function packageNode(root: string, unit: Package, plugin: OwnPlugin): ProjectConfiguration {
  const base = {
    root: unit.folder,
    projectType: 'library' as const,
    sourceRoot: `${unit.folder}/src`,
    tags: ['fabrica:package'],
    release: { version: { versionActions: plugin.versionActions } },
  } satisfies ProjectConfiguration;
  if (unit.language === 'typescript') {
    return {
      ...base,
      metadata: { technologies: ['typescript'] },
      targets: typescriptPackageTargets(unit, toolsOf(root, unit.folder)),
    };
  }
  return {
    ...base,
    name: unit.name,
    metadata: { technologies: ['python'] },
    namedInputs: { [SOURCES]: ['{projectRoot}/src/**/*', `{projectRoot}/${PYPROJECT}`] },
    targets: pythonPackageTargets(unit, plugin),
  };
}

function toolsOf(root: string, folder: string): TypeScriptTools {
  const own = (...names: string[]) => names.some((name) => existsSync(join(root, folder, name)));
  return {
    jest: own('jest.config.cjs', 'jest.config.js', 'jest.config.ts'),
    e2e: own('jest.e2e.config.cjs'),
    eslint: ESLINT_FILES.some((name) => existsSync(join(root, name))),
    tsconfig: own('tsconfig.json'),
    build: own('tsconfig.build.json'),
  };
}

/** The node of the workspace itself. */
export function rootNode(plugin: OwnPlugin): ProjectConfiguration {
  return {
    root: '.',
    name: ROOT_PROJECT,
    targets: workspaceTargets(plugin),
    metadata: { description: 'What concerns all projects' },
  };
}

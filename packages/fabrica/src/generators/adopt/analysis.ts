import { isVersion } from '../../python/versions';
import { layoutPath, moduleOf } from '../../workspace';
import { importedNames, neededBy, readCode, type Code } from './code';
import { joinDependencies, relaxedDependencies, type Dependencies, type Uses } from './dependencies';
import { TEST } from './folders';
import type { Incoming } from './incoming';
import {
  lockedVersions,
  readManifests,
  readPythonFacts,
  supersededFiles,
  type Manifest,
  type PythonFacts,
} from './manifests';
import { metadataUses } from './metadata';
import { OwnModules } from './modules';
import type { AdoptOptions } from './options';
import { planMoves, type Moves } from './places';
import { pythonRange, type PythonRange } from './python-version';
import { rewriteCode, type Rewriting } from './rewriting';
import { findShape, nameOf, type Shape } from './shape';
import type { Source } from './source';

/** All that is found out about a project before anything is written. */
export interface Analysis {
  readonly source: Source;
  readonly incoming: Incoming;
  readonly facts: PythonFacts;
  readonly manifests: readonly Manifest[];
  readonly name: string;
  readonly module: string;
  readonly shape: Shape;
  /** Where each file goes that is taken along. */
  readonly moves: Moves;
  /** Files that pyproject.toml stands for. */
  readonly dropped: readonly string[];
  readonly python: PythonRange;
  /** Whether exact pins are taken for lower limits. */
  readonly relax: boolean;
  readonly dependencies: Dependencies;
  /** The versions that it ran with. */
  readonly locked: ReadonlyMap<string, string>;
  readonly rewriting: Rewriting;
  /** What the project was called as a distribution, and in which version. */
  readonly distribution?: string;
  readonly version: string;
  /** Where code asks for the metadata of that distribution. */
  readonly metadataUses: readonly string[];
  readonly hasTests: boolean;
  /** Why its history isn't taken, when it was wanted. */
  readonly historyMissing?: string;
  /** Files in its history that hold secrets by their names, as they were called. */
  readonly pastSecrets: readonly string[];
}

/**
 * Finds out what a project is: its name, its Python, its dependencies, where its files belong, and how its imports read
 * there. Writes nothing.
 *
 * @throws FabricaError with the file and the line of what can't be read
 */
export async function analyse(
  source: Source,
  incoming: Incoming,
  options: Pick<AdoptOptions, 'name' | 'relax'> & Pick<Analysis, 'historyMissing' | 'pastSecrets'>,
): Promise<Analysis> {
  const paths = incoming.files.map(({ path }) => path);
  const facts = await readPythonFacts(
    source.folder,
    paths.filter((path) => path.endsWith('.py')),
  );
  const manifests = readManifests(paths, incoming.read, facts);
  const code = readCode(incoming);
  const distributions = manifests.flatMap(({ name, kind }) => (name && kind !== 'Conda' ? name : []));
  // An environment of Conda is often called otherwise than what it is for.
  const names = [
    ...distributions,
    source.name,
    ...manifests.flatMap(({ name, kind }) => (name && kind === 'Conda' ? name : [])),
  ];
  const shape = findShape({
    paths,
    roots: manifests.flatMap(({ roots = [] }) => roots),
    imported: importedNames(code),
    names: options.name === undefined ? names : [options.name, ...names],
  });
  const name = nameOf(options.name, shape, names);
  const module = moduleOf(name);
  const dropped = supersededFiles(paths, manifests);
  const moves = planMoves(
    paths.filter((path) => !dropped.has(path)),
    shape,
    module,
  );
  const python = pythonOf(manifests, incoming);
  const locked = lockedVersions(paths, incoming.read, manifests);
  const own = new OwnModules(
    moves,
    shape,
    manifests.flatMap(({ dependencies }) => dependencies.map((one) => one.name)),
  );
  const analysis = {
    ...{ source, incoming, facts, manifests, name, module, shape, moves, python, relax: false },
    dropped: [...dropped].filter((path) => paths.includes(path)).sort(),
    dependencies: joinDependencies(manifests, usesOf(code, moves, own), locked),
    locked,
    rewriting: rewriteCode(incoming, moves, shape, own),
    hasTests: [...moves.values()].some((path) => path.startsWith(layoutPath('test')) && TEST.test(path)),
    distribution: distributions[0],
    version: manifests.find((one) => one.version && isVersion(one.version))?.version ?? '0.1.0',
    metadataUses: metadataUses(incoming, moves, distributions),
    historyMissing: options.historyMissing,
    pastSecrets: options.pastSecrets,
  };
  return (options.relax ?? python.older) ? relaxed(analysis) : analysis;
}

/** The same, with exact pins taken for lower limits, and without the versions that an old lock has. */
export function relaxed(analysis: Analysis): Analysis {
  const dependencies = relaxedDependencies(analysis.dependencies);
  return { ...analysis, relax: true, dependencies, locked: new Map() };
}

function pythonOf(manifests: readonly Manifest[], { read }: Incoming): PythonRange {
  const stated = manifests.find(({ python }) => python !== undefined);
  if (stated) return pythonRange(stated.python, { file: stated.file });
  const file = '.python-version';
  return pythonRange(/^\d+(\.\d+)+/.exec(read(file) ?? '')?.[0], { file });
}

function usesOf(code: Code, moves: Moves, own: OwnModules): Uses {
  const isOwn = (module: string, file: string) => own.isOwn(module, file);
  const filesIn = (...folders: string[]) =>
    [...moves].filter(([, to]) => folders.some((folder) => to.startsWith(folder))).map(([from]) => from);
  const production = neededBy(code, filesIn('src/'), isOwn);
  const others = neededBy(code, filesIn('tests/', 'notebooks/', 'experiments/', 'conftest.py'), isOwn);
  return {
    production,
    others: others.filter(({ module }) => !production.some((one) => one.module === module)),
  };
}

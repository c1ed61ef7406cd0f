import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pins } from '../../bin/tools.cjs';
import { build, type BuildPlan } from '../images/build';
import { hasKernel } from '../experiments/jupyter';
import { conflicts, mergedLock, readLayers, usedProjects, type Layer } from '../experiments/layers';
import { describeConflicts } from '../experiments/report';
import { checkHashes, withContexts } from '../images/contexts';
import { docker, findBuilder } from '../images/docker';
import { checkDockerfile } from '../images/dockerfile';
import { checkLock } from '../python/check-lock';
import { DEV_LOCK, LOCK } from '../python/requirements';
import { readIfThere, stateFolder } from '../support/files';
import type { Progress } from '../support/progress';
import type { Project } from '../workspace';
import { EXPERIMENTS_LOCK, LAB_LOCK, withDevelopment, type DevelopFacts, type Owner } from './dockerfile';

/** What a project is developed in. */
export interface DevelopImage {
  /** `bikes:develop-4f2a9c0d1e3b`: what it is made from, as a digest. */
  readonly tag: string;
  readonly dockerfile: string;
  /** How many of its lines are the project's own. */
  readonly ownLines: number;
  readonly owner: Owner;
  /** Whether JupyterLab is in it. */
  readonly lab: boolean;
  /** The projects that experiments use, itself first; none when they use no other. */
  readonly layers: readonly Layer[];
}

/**
 * The image that a project as it is now is developed in, which need not be there. A changed lock, a changed Dockerfile
 * and another owner make another one; changed code doesn't, since it is mounted or synced.
 *
 * @param synced as in {@link DevelopFacts}
 * @throws FabricaError `lock-stale`, `lock-missing`, `lock-no-hash`, `no-dockerfile`, `no-develop-stage`
 */
export function developImage(
  root: string,
  { name, folder }: Pick<Project, 'name' | 'folder'>,
  owner: Owner,
  synced = false,
): DevelopImage {
  checkLock(root, folder);
  checkHashes(root, folder);
  const own = checkDockerfile(root, folder);
  const lab = hasKernel(root, folder);
  const layers = usedProjects(root, folder).length ? readLayers(root, folder) : [];
  const facts: DevelopFacts = { folder, owner, lab, layers: layers.map((layer) => layer.folder), synced };
  const dockerfile = withDevelopment(own, facts);
  const hash = createHash('sha256')
    .update(dockerfile)
    .update(readFileSync(pins('jupyterlab')))
    .update(mergedLock(layers));
  for (const lock of [LOCK, DEV_LOCK]) hash.update('\0').update(readIfThere(join(root, folder, lock)) ?? '');
  const tag = `${name}:develop-${hash.digest('hex').slice(0, 12)}`;
  return { tag, dockerfile, ownLines: own.trimEnd().split('\n').length, owner, lab, layers };
}

/** Whoever owns the project's files, and so what is written in a container. In a rootless engine that is its root. */
export function ownerOf(root: string, folder: string, rootless: boolean): Owner {
  const { uid, gid } = statSync(join(root, folder));
  return rootless ? { uid: 0, gid: 0 } : { uid, gid };
}

export interface BuildOptions {
  readonly root: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * Builds the image unless the engine has it; answers whether it did.
 *
 * @throws FabricaError those of the registry, Docker and the build
 */
export async function ensureImage(
  { name, folder }: Pick<Project, 'name' | 'folder'>,
  { tag, dockerfile, ownLines, layers }: DevelopImage,
  { root, signal, progress }: BuildOptions,
): Promise<boolean> {
  if ((await docker(['image', 'inspect', '--format', '{{.Id}}', tag], { signal })).code === 0) return false;
  const builder = await findBuilder({ signal });
  const warning = describeConflicts(root, name, conflicts(root, layers));
  if (warning) progress.say(warning);
  const beside = layers.slice(1).map((layer) => layer.folder);
  await withContexts(root, folder, { signal, progress, beside }, async (contexts) => {
    if (layers.length) writeFileSync(join(contexts.wheels, EXPERIMENTS_LOCK), mergedLock(layers));
    writeFileSync(join(contexts.wheels, LAB_LOCK), readFileSync(pins('jupyterlab')));
    const plan: BuildPlan = {
      ...{ name, folder, tags: [tag], labels: { [PROJECT_LABEL]: name }, cache: true },
      ...{ dockerfile, ownLines, target: 'develop', command: 'develop' },
    };
    await progress.phase('Development image', async (work) => {
      await build(plan, contexts, builder, work, signal);
      return tag;
    });
  });
  await removeOldest(root, name, tag, signal);
  return true;
}

/** How many development images of a project stay, so that going between branches makes none anew. */
const KEPT = 3;

/** Remembers what this clone made, and gives back the disk of what it made before the last few, unless it is in use. */
async function removeOldest(root: string, project: string, tag: string, signal: AbortSignal): Promise<void> {
  const file = stateFolder(root, 'develop', project, 'images');
  const before = (readIfThere(file) ?? '').split('\n').filter((one) => one && one !== tag);
  const made = [...before, tag];
  for (const old of made.slice(0, -KEPT)) await docker(['image', 'rm', old], { signal });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${made.slice(-KEPT).join('\n')}\n`);
}

/** On images and containers: whose they are. */
export const PROJECT_LABEL = 'fabrica.project';

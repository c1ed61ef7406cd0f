import { join } from 'node:path';
import { readImageRecord } from '../images/record';
import { revisionOf } from '../images/revision';
import { syncEnvironment } from '../python/environment';
import { planText } from '../python/plan';
import { LOCK, readLock } from '../python/requirements';
import { FabricaError } from '../support/errors';
import type { Progress } from '../support/progress';
import {
  overridesFor,
  PYPROJECT,
  readEnvironment,
  readProject,
  type Environment,
  type Project,
} from '../workspace';
import { checkScheduled, parametersOf } from './parameters';
import { parsePlan, type Plan } from './plan';
import { pipelineSettings, type Release } from './release';

export interface ReadOptions {
  readonly root: string;
  /** The project's, relative to the workspace. */
  readonly folder: string;
  readonly environment?: string;
  /** By digest, in the place of what `image --push` wrote down. */
  readonly image?: string;
  /** This pipeline alone, with what a person typed for it. */
  readonly only?: { readonly pipeline: string; readonly typed: readonly string[] };
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * Reads all that is compiled: the project, the environment, the image that was pushed last, and the plans of the
 * pipelines as the environment overrides them.
 *
 * @throws FabricaError those of fabrica.yaml and of the environment; `no-image`, `other-registry`, `no-driver`,
 *   `plan-failed`, `no-value`
 */
export async function readRelease(options: ReadOptions): Promise<Release> {
  const { root, folder, signal, progress, only } = options;
  const environment = readEnvironment(root, options.environment);
  const project = readProject(root, folder);
  checkDriver(root, project, environment);
  const built = options.image
    ? { image: byDigest(options.image), commit: (await revisionOf(root, folder)).commit ?? null }
    : await pushedImage(root, project, environment, progress);
  const plans = await plansOf(root, project, environment, { signal, progress, only });
  const release = { project, environment, plans, ...built };
  for (const plan of only ? [] : plans)
    if (pipelineSettings(release, plan.pipeline).schedule !== undefined)
      checkScheduled(root, release, plan, parametersOf(release, plan, 1));
  return release;
}

async function plansOf(
  root: string,
  project: Project,
  { name }: Environment,
  { signal, progress, only }: Pick<ReadOptions, 'signal' | 'progress' | 'only'>,
): Promise<Plan[]> {
  if (!project.pipelines.length) return [];
  await syncEnvironment(root, project.folder, { signal, progress });
  return progress.quietly('Planning', async (work) => {
    const plans: Plan[] = [];
    for (const pipeline of only ? [only.pipeline] : project.pipelines) {
      work.detail(pipeline);
      const overrides = overridesFor(project.overrides, pipeline, name);
      plans.push(
        parsePlan(await planText(root, project, pipeline, overrides, { signal, typed: only?.typed })),
      );
    }
    return plans;
  });
}

async function pushedImage(
  root: string,
  { name, folder }: Project,
  { registry, name: environment }: Environment,
  progress: Progress,
): Promise<Pick<Release, 'image' | 'commit'>> {
  const push = `npx nx run ${name}:image --push --registry=${registry}`;
  const record = readImageRecord(root, name);
  if (!record?.reference)
    throw new FabricaError('no-image', `no image of ${name} is pushed: a cluster has nothing to run`, {
      hint: push,
    });
  const { reference, commit, dirty } = record;
  if (!reference.startsWith(`${registry}/${name}@`))
    throw new FabricaError(
      'other-registry',
      `the image of ${name} was pushed to ${reference.split('@')[0]}, and ${environment} pulls from ${registry}`,
      { hint: push },
    );
  const now = await revisionOf(root, folder);
  if (dirty || now.dirty || now.commit !== commit)
    progress.say(`the image is not of ${folder} as it is now; to build it anew: ${push}`);
  return { image: reference, commit };
}

function byDigest(image: string): string {
  if (/^\S+@sha256:[0-9a-f]{64}$/.test(image)) return image;
  throw new FabricaError('no-digest', `--image=${image} has no digest, so that nobody knows what will run`, {
    hint: '--image=registry.example.com/science/bikes@sha256:…',
  });
}

const DRIVERS = { s3: 's3fs', gs: 'gcsfs' } as const;
const EXTRAS = { s3: 's3', gs: 'gcs' } as const;

/**
 * A pod reaches the store by a driver, which is no dependency of everybody.
 *
 * @throws FabricaError `no-driver`
 */
export function checkDriver(
  root: string,
  { name, folder }: Project,
  { store, name: environment }: Environment,
): void {
  const scheme = store.startsWith('s3:') ? 's3' : 'gs';
  const pins = readLock(join(root, folder), LOCK) ?? [];
  if (pins.some((pin) => pin.name === DRIVERS[scheme])) return;
  throw new FabricaError(
    'no-driver',
    `the store of ${environment} is ${store}, and ${folder}/${LOCK} has no ${DRIVERS[scheme]} to reach it`,
    {
      place: { file: `${folder}/${PYPROJECT}` },
      hint: `there: "fabrica-storage[${EXTRAS[scheme]}]", beside its other extras; then npx nx run ${name}:lock`,
    },
  );
}

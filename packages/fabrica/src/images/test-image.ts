import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiling, fetching, lockMounts, STAGES } from '../layout/dockerfile';
import { DEV_LOCK, LOCK, parseLock } from '../python/requirements';
import { FabricaError } from '../support/errors';
import { readIfThere } from '../support/files';
import type { Progress, Work } from '../support/progress';
import type { Project } from '../workspace';
import { build, type BuildPlan } from './build';
import { withContexts } from './contexts';
import { docker, findBuilder } from './docker';
import { checkDockerfile, stagesOf, withStage, type AddedStage } from './dockerfile';
import { identityOf } from './image';
import { readImageRecord, type ImageRecord } from './record';

export interface TestImageOptions {
  readonly root: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Arguments for pytest. */
  readonly args: readonly string[];
}

/** What the tests need and production doesn't, beside the wheels: a file of pins. */
const TEST_LOCK = 'requirements-test.txt';

/**
 * Runs the tests in the image that was built last, as it will run: its user, a file system that nobody can write to.
 * Its layers stay as they are; the tests, and the packages that they alone need, are laid on top.
 *
 * @throws FabricaError `no-image`, `other-image`, `tests-failed`, and those of the build
 */
export async function testImage(project: Project, options: TestImageOptions): Promise<ImageRecord> {
  const { root, signal, progress } = options;
  const { name } = project;
  const record = readImageRecord(root, name);
  if (!record) throw missing(name);
  const tag = `${name}:tests`;
  await progress.phase('Tests on the image', (work) => buildTests(project, { tag }, options, work));
  const { layers } = await identityOf(tag, signal);
  if (!record.layers.every((layer, index) => layers[index] === layer)) throw otherImage(record);
  await runTests(record, tag, options);
  return record;
}

/** What is made of the stage that holds the tests. */
export interface TestStage {
  readonly tag: string;
  /** What the tests are laid on, in the place of what the build makes: by its digest in a registry. */
  readonly image?: string;
  readonly labels?: BuildPlan['labels'];
}

/**
 * Builds the image of a project with its tests on top of it.
 *
 * @throws FabricaError those of the build
 */
export async function buildTests(
  { name, folder }: Project,
  { tag, image, labels = {} }: TestStage,
  { root, signal, progress }: Pick<TestImageOptions, 'root' | 'signal' | 'progress'>,
  work: Work,
): Promise<void> {
  const own = checkDockerfile(root, folder);
  const builder = await findBuilder({ signal });
  const last = stagesOf(own).findLast((stage) => stage.name !== undefined && stage.name !== TESTS.name)?.name;
  await withContexts(root, folder, { signal, progress }, async (contexts) => {
    writeFileSync(join(contexts.wheels, TEST_LOCK), testOnly(join(root, folder)));
    const plan: BuildPlan = {
      name,
      folder,
      tags: [tag],
      labels,
      cache: true,
      dockerfile: withTests(own, folder),
      ownLines: own.trimEnd().split('\n').length,
      target: TESTS.name,
      command: 'test-image',
      ...(image && last ? { stages: { [last]: image } } : {}),
    };
    await build(plan, contexts, builder, work, signal);
  });
}

async function runTests(record: ImageRecord, tag: string, { args, signal }: TestImageOptions): Promise<void> {
  const container = `fabrica-${record.project}-${randomUUID().slice(0, 8)}`;
  const isolated = ['--rm', '--name', container, '--read-only', '--tmpfs', '/tmp'];
  const onLine = (line: string, stream: 'stdout' | 'stderr') => void process[stream].write(`${line}\n`);
  try {
    const { code } = await docker(['run', ...isolated, tag, ...args], { signal, onLine });
    if (code !== 0) throw failedTests(record, code);
  } finally {
    // Whoever ends the client has not ended the container.
    if (signal.aborted) await docker(['rm', '--force', container]);
  }
}

/** A Dockerfile with a last stage that runs the tests in what ships; one of that name may be there already. */
export function withTests(dockerfile: string, folder: string): string {
  const install = `uv pip install --quiet --python /opt/venv/bin/python --target /opt/tests --no-deps --require-hashes --find-links /wheels -r /wheels/${TEST_LOCK}`;
  return withStage(dockerfile, folder, TESTS, (last) => [
    `FROM ${STAGES.dependencies} AS test-dependencies`,
    ...fetching(lockMounts(DEV_LOCK), install, compiling('/opt/tests')),
    '',
    `FROM ${last} AS tests`,
    'COPY --from=test-dependencies /opt/tests /opt/tests',
    'COPY --chmod=755 tests tests/',
    'ENV PYTHONPATH=/app/src:/opt/tests',
    'CMD ["python", "-m", "pytest", "-p", "no:cacheprovider"]',
  ]);
}

const TESTS: AddedStage = {
  name: 'tests',
  code: 'no-test-stage',
  message: 'this Dockerfile is all your own, so how its tests run is, too',
  hint: 'add a stage that runs them: FROM … AS tests; its CMD is what is run',
};

/** The pins of the lock of development that production has not, as they are written there. */
export function testOnly(at: string): string {
  const [production, development] = [LOCK, DEV_LOCK].map((lock) => readIfThere(join(at, lock)) ?? '') as [
    string,
    string,
  ];
  const ships = new Set(parseLock(production).map(({ name }) => name));
  const blocks = development.match(/^[A-Za-z0-9].*(?:\n[ \t]+.*)*/gm) ?? [];
  return blocks.filter((block) => !ships.has(parseLock(block)[0]?.name ?? '')).join('\n') + '\n';
}

function missing(name: string): FabricaError {
  return new FabricaError('no-image', `no image of ${name} was built here`, {
    hint: `npx nx run ${name}:image`,
  });
}

function otherImage({ project, image }: ImageRecord): FabricaError {
  return new FabricaError('other-image', `the project is not any more what ${image} was built from`, {
    hint: `npx nx run ${project}:image, then the tests again`,
  });
}

function failedTests({ project, image }: ImageRecord, code: number): FabricaError {
  return new FabricaError('tests-failed', `the tests fail in ${image} (exit code ${code})`, {
    hint: `npx nx test ${project} runs them in your own environment: a test that passes there alone needs something that the image hasn't`,
  });
}

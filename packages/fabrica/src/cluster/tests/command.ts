import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ensureTestsPushed } from '../../images/ensure-tests';
import { DEV_LOCK, LOCK, readLock } from '../../python/requirements';
import { Cancelled, FabricaError } from '../../support/errors';
import { writeAtomically } from '../../support/files';
import {
  HOMES,
  PYPROJECT,
  readEnvironment,
  readProject,
  type Environment,
  type Project,
} from '../../workspace';
import { commandLine, type CommandLine } from '../command-line';
import { settingsOf, type Release } from '../release';
import { shutDown } from '../runs/objects';
import { ensureAccess, submit } from '../runs/submit';
import { manifestFolder } from '../write';
import { followTests } from './follow';
import { mergeReports, type MergedReport } from './merge';
import { pytestArguments, shower, tellReport } from './show';
import { defaultShards } from './shards';
import { readTestWords, type TestWords } from './words';
import { testWorkflow, type Tests } from './workflow';

/**
 * What bin/env.cjs does for the tests of a project that don't run on this machine.
 *
 * @param folder the project's
 * @param words what a person typed for them
 * @returns the exit code, as pytest's
 */
export function testsCommandLine(folder: string, words: readonly string[]): Promise<number> {
  return commandLine(folder, (command) => testInCluster(command, readTestWords(words)));
}

async function testInCluster(command: CommandLine, words: TestWords): Promise<number> {
  checkUncached(process.env, words);
  const { root, folder, signal, progress } = command;
  const environment = readEnvironment(root, words.environment);
  const project = readTested(root, folder);
  const { registry } = environment;
  const image = await ensureTestsPushed(project, { root, registry, signal, progress });
  const release = { project, environment, image: image.reference, commit: image.commit, plans: [] };
  const tests = testsOf(release, root, words);
  const { workflow, report } = await run(release, tests, words, command);
  const file = `${manifestFolder(folder, environment.name)}/junit.xml`;
  const typed = words.junit === undefined ? [] : [resolve(root, folder, words.junit)];
  for (const path of [join(root, file), ...typed]) {
    mkdirSync(dirname(path), { recursive: true });
    writeAtomically(path, report.xml);
  }
  tellReport(report, { project, environment, workflow, file, tests, json: words.json }, progress);
  return report.code;
}

/**
 * Nx answers from its cache what a cached target said before: not here, where the cluster is to be asked each time.
 *
 * @throws FabricaError `cached`
 */
export function checkUncached(env: NodeJS.ProcessEnv, { environment }: Pick<TestWords, 'environment'>): void {
  const { NX_TASK_HASH: task, NX_SKIP_NX_CACHE: skipped, NX_TASK_TARGET_PROJECT: project } = env;
  if (task === undefined || skipped === 'true') return;
  throw new FabricaError(
    'cached',
    'Nx would keep what the cluster says, and answer from its cache the next time',
    { hint: `npx nx run ${project}:test --environment=${environment} --skip-nx-cache` },
  );
}

function readTested(root: string, folder: string): Project {
  const name = basename(folder);
  if (!folder.startsWith(`${HOMES.project}/`))
    throw new FabricaError('no-project', `${folder} is a package: it has no image that a cluster could run`, {
      hint: `npx nx test ${name}, without --environment`,
    });
  const pins = ([LOCK, DEV_LOCK] as const).flatMap((lock) => readLock(join(root, folder), lock) ?? []);
  if (!pins.some((pin) => pin.name === 'pytest'))
    throw new FabricaError('no-pytest', `${folder}/${DEV_LOCK} has no pytest`, {
      place: { file: `${folder}/${PYPROJECT}` },
      hint: `there, under [dependency-groups]: dev = ["pytest"]; then npx nx run ${name}:lock`,
    });
  return readProject(root, folder);
}

function testsOf(release: Release, root: string, { shards, args }: TestWords): Tests {
  const { project } = release;
  const random = randomBytes(8).toString('hex');
  return {
    name: `${project.name}.tests-${random.slice(0, 6)}`,
    mark: `fabrica-report-${random}`,
    shards: shards ?? settingsOf(release, 'test')?.shards ?? defaultShards(join(root, project.folder)),
    args: pytestArguments(args),
  };
}

/** Runs the tests to their end; whatever keeps us from that ends them there, too. */
async function run(
  release: Release,
  tests: Tests,
  { json }: TestWords,
  { signal, progress }: CommandLine,
): Promise<{ workflow: string; report: MergedReport }> {
  const { environment, project } = release;
  const manifest = testWorkflow(release, tests);
  await ensureAccess(release, signal);
  try {
    const workflow = await submit(environment, manifest, signal);
    const pods = tests.shards === 1 ? '' : `, ${tests.shards} pods`;
    progress.say(`workflow ${workflow} in ${environment.namespace}${pods}`);
    const show = shower(tests.shards, json ? process.stderr : process.stdout);
    const say = (text: string): void => progress.say(text);
    const results = await followTests({ project, environment, tests, signal, show, say });
    return { workflow, report: mergeReports(results) };
  } catch (error) {
    const still = await end(environment, tests.name);
    throw signal.aborted ? new Cancelled(signalOf(signal), still) : error;
  }
}

/** How long the cluster has to end tests that nobody waits for any more, in milliseconds. */
const ENDING = 15_000;

async function end(
  environment: Environment,
  workflow: string,
): Promise<{ readonly still: string; readonly hint?: string }> {
  try {
    await shutDown(environment, workflow, 'Terminate', AbortSignal.timeout(ENDING));
    return { still: `the tests in ${environment.name} are ended` };
  } catch {
    const { context, namespace } = environment;
    return {
      still: `workflow ${workflow} may go on in ${environment.name}`,
      hint: `kubectl --context ${context} --namespace ${namespace} delete workflow ${workflow}`,
    };
  }
}

function signalOf({ reason }: AbortSignal): NodeJS.Signals {
  return reason instanceof Cancelled ? reason.signal : 'SIGINT';
}

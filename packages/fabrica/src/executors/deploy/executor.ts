import type { ExecutorContext } from '@nx/devkit';
import { commandEnvironment } from '../../../bin/shared.cjs';
import { checkLock } from '../../python/check-lock';
import { ensureInterpreter, syncEnvironment } from '../../python/environment';
import { ensurePypi } from '../../registries/registries';
import { seed, type Seeded } from '../../registries/seed';
import { sharedPins } from '../../registries/shared';
import { Cancelled, FabricaError } from '../../support/errors';
import { endStartedHere, noted } from '../../support/processes';
import { runCommand, type Command, type CommonOptions } from '../command';
import { choosePipelines, overridesOf, preferredPort, readProject, type Project } from '../project';
import { readServiceState, serviceProcess, whileNobodyDeploys, type ServiceDescription } from '../service';
import { shellWord } from '../../support/shell';
import { deployToCluster, isOfCluster } from './cluster';
import { makeRelease, removeOldReleases, type Release } from './release';
import { summary } from './report';
import { afterMending, planPipeline, runPipeline, type Passed, type Planned, type RunEnded } from './runs';
import { caughtUp, serve, wishFor, type Served } from './serve';

export interface DeployOptions extends CommonOptions {
  /** Of a cluster; this machine by default. */
  readonly environment?: string;
  /** In a cluster: by digest, in the place of the one of the commit. */
  readonly image?: string;
  /** In a cluster: for how long the service and the app may take until they are healthy. */
  readonly timeout?: string;
  /** `name=value`, for parameters of the pipelines. */
  readonly set?: string | readonly string[];
  /** Parameters as one JSON object. */
  readonly settings?: string;
  /** Only these pipelines are run. */
  readonly pipeline?: string | readonly string[];
  /** The service's port, else that of fabrica.yaml; the next free one when it is taken. */
  readonly port?: number;
}

/** What a deploy did; `--json` prints it. */
export interface Deployed {
  readonly schema: 1;
  readonly project: string;
  readonly packages: readonly Seeded[];
  readonly environment: string;
  readonly runs: readonly RunEnded[];
  readonly release?: Pick<Release, 'id' | 'outcome'>;
  readonly service?: Served & { readonly curl?: string; readonly serving: ServiceDescription['serving'] };
}

/**
 * Puts a project in place, in a cluster (`deployToCluster`) or on this machine: shared packages into the private index, the environment, the pipelines
 * (each run ends with its gate), then the service. Every phase can be interrupted and done again; what served
 * before serves until the new release is healthy.
 */
export default function deploy(
  options: DeployOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const { root, folder, progress, signal } = command;
    if (isOfCluster(options)) return deployToCluster(command, options);
    const project = readProject(root, folder);
    const words = ['nx', 'run', `${project.name}:deploy`, ...given(options)];
    const again = `npx ${words.map(shellWord).join(' ')}`;
    const deployed = await noted(root, { kind: 'deploy', project: project.name, command: words }, () =>
      whileNobodyDeploys(root, project.name, { signal, progress }, () =>
        deployProject(command, project, options, again),
      ),
    ).catch(async (error: unknown) => {
      throw error instanceof Cancelled ? await cancelled(root, project, error.signal, again) : error;
    });
    command.answer(deployed, summary(deployed));
    const incomplete = deployed.runs.filter((run) => run.outcome !== 'succeeded');
    if (incomplete.length) throw incompleteRuns(incomplete, again);
  });
}

/** The options as they are typed. */
function given({ set, settings, pipeline, port, json }: DeployOptions): string[] {
  const all = { set, settings, pipeline, port };
  const words = Object.entries(all).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => `--${name}=${value}`),
  );
  return [...words, ...(json ? ['--json'] : [])];
}

/** What an interrupted deploy says, after the end of what it started. */
async function cancelled(
  root: string,
  { name }: Project,
  signal: NodeJS.Signals,
  again: string,
): Promise<Cancelled> {
  await endStartedHere(root);
  const state = serviceProcess(root, name) && readServiceState(root, name);
  const still = state?.serving ? `release ${state.serving} serves at ${state.address}` : 'nothing serves';
  return new Cancelled(signal, { still: `${still}; what was done is not made again`, hint: again });
}

async function deployProject(
  command: Command,
  project: Project,
  options: DeployOptions,
  again: string,
): Promise<Deployed> {
  checkLock(command.root, command.folder);
  const packages = await publishPinned(command);
  const environment = await install(command);
  const runs = await runAll(command, project, options, again);
  const placed = project.service ? await putInPlace(command, project, runs, options) : {};
  return { schema: 1, project: project.name, packages, environment, runs, ...placed };
}

async function publishPinned({ root, folder, name, signal, progress }: Command): Promise<Seeded[]> {
  const pins = sharedPins(root, folder);
  if (!pins.length) return [];
  let registry: Awaited<ReturnType<typeof ensurePypi>>;
  await progress.phase('Registry', async () => {
    registry = await ensurePypi(root, { signal, progress });
    return registry.url;
  });
  let seeded: Seeded[] = [];
  await progress.phase('Packages', async (work) => {
    work.detail(`${pins.length} pinned by the lock`);
    seeded = await seed(root, registry, pins, { signal, progress, project: name });
    const fresh = seeded.filter(({ outcome }) => outcome === 'published');
    if (!fresh.length) return `${seeded.length} unchanged`;
    return `${fresh.length} published: ${fresh.map((one) => `${one.name} ${one.version}`).join(', ')}`;
  });
  return seeded;
}

async function install({ root, folder, signal, progress }: Command): Promise<string> {
  return progress.phase('Environment', (work) => {
    work.detail('installing from the lock');
    return syncEnvironment(root, folder, { signal, progress });
  });
}

async function runAll(
  { root, signal, progress }: Command,
  project: Project,
  options: DeployOptions,
  again: string,
): Promise<RunEnded[]> {
  const passedTo = (pipeline: string): Passed => ({
    overrides: overridesOf(project, pipeline),
    typed: runnerArguments(options),
  });
  const planned: Planned[] = [];
  for (const pipeline of choosePipelines(project, options.pipeline))
    planned.push(await planPipeline(root, project, pipeline, passedTo(pipeline), signal));
  const runs: RunEnded[] = [];
  for (const plan of planned) {
    progress.say(`▸ Pipeline ${plan.pipeline}`);
    const options = { signal, passed: passedTo(plan.pipeline), before: runs, again };
    runs.push(await runPipeline(root, project, plan, options));
  }
  return runs;
}

function runnerArguments({ set, settings }: DeployOptions): string[] {
  const sets = set === undefined ? [] : [set].flat();
  return [...sets.flatMap((one) => ['--set', one]), ...(settings ? ['--settings', settings] : [])];
}

async function putInPlace(
  command: Command,
  project: Project,
  runs: readonly RunEnded[],
  options: DeployOptions,
): Promise<Pick<Deployed, 'release' | 'service'>> {
  const { root, folder, at, signal, progress } = command;
  let release = undefined as Release | undefined;
  await progress.phase('Release', async (work) => {
    work.detail('production dependencies');
    release = await makeRelease(root, folder, project.name, await ensureInterpreter(root, at, { signal }), {
      signal,
      progress,
    });
    return `${release.id} ${release.outcome}`;
  });
  const made = release as Release;
  const port = options.port ?? preferredPort(project);
  let service = undefined as Deployed['service'];
  await progress.phase('Service', async (work) => {
    work.detail('starting, and waiting until it is healthy');
    const store = commandEnvironment(root, at).FABRICA_STORE as string;
    const served = await serve(root, wishFor(project.name, project.module, made, store), {
      signal,
      port,
    });
    work.detail('waiting until it serves the champions');
    const { curl, serving } = await caughtUp(
      project.name,
      served.address,
      runs.flatMap((run) => run.verdicts),
      signal,
    );
    service = { ...served, curl: curl ?? undefined, serving };
    return placed(served);
  });
  removeOldReleases(root, project.name, [
    made.id,
    ...(serviceProcess(root, project.name)?.command ?? []),
    readServiceState(root, project.name)?.serving ?? '',
  ]);
  return { release: { id: made.id, outcome: made.outcome }, service };
}

function placed({ outcome, former, address, taken }: Served): string {
  const from = former ? ` from ${former}` : '';
  return `${outcome}${from}, healthy at ${address}${taken ? ` (port ${taken} is in use)` : ''}`;
}

function incompleteRuns(runs: readonly RunEnded[], again: string): FabricaError {
  const names = runs.map(({ pipeline, run }) => `${pipeline} (run ${run})`).join(', ');
  return new FabricaError('run-partial', `part of ${names} failed: those values are served as before`, {
    hint: afterMending(again),
  });
}

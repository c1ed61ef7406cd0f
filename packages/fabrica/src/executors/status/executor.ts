import type { ExecutorContext } from '@nx/devkit';
import { composeName } from '../../develop/compose';
import { labAddress, type Container } from '../../develop/container';
import { whatRuns } from '../../develop/session';
import { configuredNpm, configuredPypi } from '../../registries/configuration';
import { embeddedProcess } from '../../registries/embedded';
import { messageOf } from '../../support/errors';
import { listProcesses, type ProcessRecord } from '../../support/processes';
import { table } from '../../support/table';
import { runCommand, type CommonOptions } from '../command';
import { readChampions, type Champion } from './champions';
import { clusterStatus } from './cluster';
import {
  describeService,
  readServiceState,
  serviceId,
  serviceProcess,
  type ServiceDescription,
  type ServiceState,
} from '../service';

export interface StatusOptions extends CommonOptions {
  /** Of a cluster; this machine by default. */
  readonly environment?: string;
}

interface RegistryStatus {
  readonly kind: 'pypi' | 'npm';
  readonly state: 'running' | 'configured' | 'not running';
  readonly address: string | null;
  readonly pid: number | null;
}

interface ProcessStatus {
  readonly kind: string;
  readonly project: string | null;
  readonly pid: number;
  readonly since: string;
  readonly address: string | null;
  readonly command: readonly string[];
}

interface ServiceStatus {
  readonly address: string;
  readonly pid: number;
  readonly worker: number | null;
  readonly restarts: number;
  readonly release: string | null;
  readonly attempt: ServiceState['attempt'];
  readonly serving: ServiceDescription['serving'];
  readonly error?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly notebook: string | null;
}

interface ModelStatus {
  readonly champions: readonly Champion[];
  readonly modelsError?: string;
}

/**
 * What runs for a project: registries, its service with the model versions that it serves, and other commands; and
 * the champions that the store knows, which a service would serve.
 */
export default function status(
  options: StatusOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const { root, at, name, signal, answer } = command;
    const { environment } = options;
    if (environment && environment !== 'local') return clusterStatus(command, environment);
    const registries = registryStatus(root);
    const [service, models, found] = await Promise.all([
      serviceStatus(root, name, signal),
      modelStatus(root, at, signal),
      whatRuns(root, name),
    ]);
    const container = found?.running ? containerStatus(root, name, found) : null;
    const processes = listProcesses(
      root,
      (record) => record.project === name && record.id !== serviceId(name),
    ).map(processStatus);
    answer(
      { schema: 1, project: name, registries, service: service ?? null, container, ...models, processes },
      describe(name, registries, service, container, models, processes),
    );
  });
}

/** The registries of a workspace: the company's, or its own and whether they run. */
export function registryStatus(root: string): RegistryStatus[] {
  const configured = { pypi: configuredPypi(root), npm: configuredNpm(root) };
  return (['pypi', 'npm'] as const).map((kind) => {
    const own = configured[kind];
    if (own) return { kind, state: 'configured', address: own.url, pid: null };
    const record = embeddedProcess(root, kind);
    return {
      kind,
      state: record ? 'running' : 'not running',
      address: record?.address ?? null,
      pid: record?.pid ?? null,
    };
  });
}

/** The registries as a table. */
export function registryTable(registries: readonly RegistryStatus[]): string {
  return table(
    ['registry', 'state', 'address', 'pid'],
    registries.map(({ kind, state, address, pid }) => [kind, state, address ?? '', pid?.toString() ?? '']),
  );
}

async function serviceStatus(
  root: string,
  project: string,
  signal: AbortSignal,
): Promise<ServiceStatus | undefined> {
  const record = serviceProcess(root, project);
  const state = record && readServiceState(root, project);
  if (!state) return undefined;
  const base = {
    address: state.address,
    pid: record.pid,
    worker: state.worker?.pid ?? null,
    restarts: state.worker?.restarts ?? 0,
    release: state.serving,
    attempt: state.attempt,
  };
  try {
    return { ...base, serving: (await describeService(state.address, signal)).serving };
  } catch (error) {
    signal.throwIfAborted();
    return { ...base, serving: [], error: (error as Error).message };
  }
}

function containerStatus(root: string, project: string, found: Container): ContainerStatus {
  return { name: composeName(root, project), image: found.image, notebook: labAddress(found) ?? null };
}

/** A store that can't be read hides nothing of what runs. */
async function modelStatus(root: string, at: string, signal: AbortSignal): Promise<ModelStatus> {
  try {
    return { champions: await readChampions(root, at, signal) };
  } catch (error) {
    signal.throwIfAborted();
    return { champions: [], modelsError: messageOf(error) };
  }
}

function processStatus({ kind, project, pid, startedAt, address, command }: ProcessRecord): ProcessStatus {
  return { kind, project, pid, since: startedAt, address, command };
}

function describe(
  project: string,
  registries: readonly RegistryStatus[],
  service: ServiceStatus | undefined,
  container: ContainerStatus | null,
  models: ModelStatus,
  processes: readonly ProcessStatus[],
): string {
  return [
    registryTable(registries),
    '',
    ...describeServiceStatus(project, service),
    ...(container
      ? [`Container  ${container.name}  (${container.image})  ${container.notebook ?? ''}`.trim()]
      : []),
    ...(service?.serving.length ? [] : describeModels(models)),
    ...(processes.length ? ['', processTable(processes)] : []),
  ].join('\n');
}

function describeServiceStatus(project: string, service: ServiceStatus | undefined): string[] {
  if (!service) return [`No service of ${project} is running; npx nx run ${project}:deploy starts it.`];
  const { address, pid, worker, restarts, release, attempt, serving, error } = service;
  const line = `pid ${pid}, worker ${worker ?? 'restarting'}${restarts ? ` (restarted ${restarts} times)` : ''}, release ${release ?? 'none'}`;
  const failed =
    attempt?.outcome === 'failed'
      ? [`The last release, ${attempt.id}, did not start: npx nx run ${project}:logs`]
      : [];
  const waits = serving.some(({ waiting }) => waiting);
  const models = table(
    ['model', 'value', 'served by', 'version', ...(waits ? ['waiting'] : [])],
    serving.map((one) => [
      one.model,
      one.value ?? '',
      one.champion.value ?? '',
      String(one.champion.version),
      ...(waits ? [one.waiting ? `version ${one.waiting.version}` : ''] : []),
    ]),
  );
  return [
    `Service  ${address}  (${line})`,
    ...failed,
    ...(error ? [error] : []),
    ...(serving.length ? ['', models] : []),
    ...(waits
      ? [
          '',
          `What waits is champion, but the code of this release can't answer with it: npx nx run ${project}:deploy, or look: npx nx run ${project}:logs`,
        ]
      : []),
  ];
}

function describeModels({ champions, modelsError }: ModelStatus): string[] {
  if (modelsError) return ['', modelsError];
  return champions.length ? ['', championTable(champions)] : [];
}

function championTable(champions: readonly Champion[]): string {
  return table(
    ['model', 'value', 'champion', 'since', 'by', 'reason'],
    champions.map(({ model, value, version, since, by, reason }) => [
      model,
      value ?? '',
      version === null ? '–' : String(version),
      since ?? '',
      by ?? '',
      reason,
    ]),
  );
}

function processTable(processes: readonly ProcessStatus[]): string {
  return table(
    ['process', 'pid', 'since', 'address', 'command'],
    processes.map(({ kind, pid, since, address, command }) => [
      kind,
      String(pid),
      since,
      address ?? '',
      command.join(' '),
    ]),
  );
}

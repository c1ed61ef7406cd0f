import { rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { costInWords } from '../develop/cluster/demand';
import { withContexts } from '../images/contexts';
import { checkLock } from '../python/check-lock';
import { readPyproject } from '../python/pyproject';
import { FabricaError } from '../support/errors';
import { readDocument, stateFolder, writeDocument } from '../support/files';
import { runOrFail } from '../support/processes';
import type { Progress } from '../support/progress';
import type { Environment } from '../workspace';
import {
  ask,
  createArguments,
  DEBIAN,
  gcloud,
  gcloudFailure,
  setUpScript,
  WITH_DRIVERS,
  type Machine,
} from './gcloud';

/** Where a command works. */
export interface At {
  readonly root: string;
  readonly folder: string;
  readonly project: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

const record = z.object({ name: z.string(), zone: z.string() });
export type VmRecord = z.output<typeof record>;

const recordFile = (root: string, project: string): string => stateFolder(root, 'vm', `${project}.json`);

export function readVm(root: string, project: string): VmRecord | undefined {
  return readDocument(recordFile(root, project), record);
}

/** The zone that is asked for, else gcloud's own. @throws FabricaError `no-zone` */
export async function zoneOf(asked: string | undefined, signal: AbortSignal): Promise<string> {
  const zone = asked ?? (await gcloud(['config', 'get-value', 'compute/zone'], { signal })).stdout.trim();
  if (zone) return zone;
  throw new FabricaError('no-zone', 'gcloud has no zone of its own, and none is named', {
    hint: '--zone=europe-west6-a; or gcloud config set compute/zone europe-west6-a',
  });
}

/** The newest image with drivers when there is a GPU. */
export async function imageOf(isGpu: boolean, signal: AbortSignal): Promise<Machine['image']> {
  if (!isGpu) return DEBIAN;
  const how = ['--no-standard-images', '--filter=family~^common-cu', '--sort-by=~creationTimestamp'];
  const list = ['compute', 'images', 'list', `--project=${WITH_DRIVERS}`, ...how, '--limit=1'];
  return [WITH_DRIVERS, `--image=${await ask([...list, '--format=value(name)'], { signal })}`];
}

/** What a machine costs, when an environment knows prices. */
export async function vmCost(
  { machine, zone, gpu, hours }: Machine,
  environment: Environment | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!environment?.prices) return undefined;
  const how = [`--zone=${zone}`, '--format=value(guestCpus,memoryMb)'];
  const facts = await ask(['compute', 'machine-types', 'describe', machine, ...how], { signal });
  const [cpu = '0', megabytes = '0'] = facts.split(/\s+/);
  return costInWords(environment, { cpu, memory: `${megabytes}Mi`, gpu: gpu?.count ?? 0, hours });
}

/** Whether Google still has a machine. */
export async function isThere({ name, zone }: VmRecord, signal: AbortSignal): Promise<boolean> {
  const args = ['compute', 'instances', 'describe', name, `--zone=${zone}`, '--format=value(status)'];
  const result = await gcloud(args, { signal });
  if (result.code === 0) return true;
  if (/not found/i.test(result.stderr)) return false;
  throw gcloudFailure(result, args);
}

/** Makes a machine with the project and its environment; one that can't be set up is deleted again. */
export async function createVm(at: At, machine: Machine): Promise<void> {
  const { root, folder, project, signal, progress } = at;
  const { name, zone } = machine;
  checkLock(root, folder);
  // First: whoever is interrupted can still delete it.
  writeDocument(recordFile(root, project), { name, zone });
  try {
    await progress.quietly(`Creating ${name}`, () => ask(createArguments(machine), { signal }));
    await progress.quietly('Code and environment', () => setUp(at, machine));
  } catch (error) {
    await endVm(root, project);
    throw error;
  }
}

async function setUp(
  { root, folder, project, signal, progress }: At,
  { name, zone }: Machine,
): Promise<void> {
  const there = [`--zone=${zone}`, '--quiet'];
  const packed = await withContexts(root, folder, { signal, progress }, async (contexts) => {
    const archive = join(dirname(contexts.wheels), 'fabrica.tgz');
    const parts = [contexts.project, contexts.wheels].flatMap((path) => [
      '-C',
      dirname(path),
      basename(path),
    ]);
    const failure = { code: 'tar-failed', message: 'the code can not be packed' };
    await runOrFail('tar', ['--exclude=.venv', '-czf', archive, ...parts], { signal, failure });
    await untilReached(name, there, signal);
    await ask(['compute', 'scp', archive, `${name}:fabrica.tgz`, ...there], { signal });
    return basename(contexts.project);
  });
  const python = readPyproject(join(root, folder)).requiresPython;
  await ask(['compute', 'ssh', name, ...there, `--command=${setUpScript(project, packed, python)}`], {
    signal,
  });
}

const TRIES = 30;

/** A machine that has just begun doesn't answer yet. */
async function untilReached(name: string, there: readonly string[], signal: AbortSignal): Promise<void> {
  for (let tries = 1; tries < TRIES; tries++) {
    if ((await gcloud(['compute', 'ssh', name, ...there, '--command=true'], { signal })).code === 0) return;
    await wait(5_000, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  await ask(['compute', 'ssh', name, ...there, '--command=true'], { signal });
}

/** Deletes the machine of a project, when there is one; answers which. */
export async function endVm(root: string, project: string): Promise<VmRecord | undefined> {
  const found = readVm(root, project);
  if (!found) return undefined;
  const { name, zone } = found;
  const signal = AbortSignal.timeout(300_000);
  if (await isThere(found, signal))
    await ask(['compute', 'instances', 'delete', name, `--zone=${zone}`, '--quiet'], { signal });
  rmSync(recordFile(root, project), { force: true });
  return found;
}

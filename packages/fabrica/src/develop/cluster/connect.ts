import { join } from 'node:path';
import type { Target } from '../../cluster/ask';
import { keepStarted, startDaemon, stopProcess } from '../../support/processes';
import { LAB_PORT } from '../dockerfile';
import type { Found } from './find';
import { linkNote, linkProcess, type PodRecord, type Whose } from './record';
import { makeFolders, settle, syncNews } from './settle';
import { targetOf, tokenOf, type PodOptions } from './start';

/** A project's pod that runs, with its files and ports. */
export interface PodSession {
  readonly whose: Whose;
  readonly record: PodRecord;
  /** The pod's name. */
  readonly pod: string;
  readonly image: string;
  /** How often its container had been started again when we came. */
  readonly restarts: number;
  readonly outcome: 'started' | 'joined';
  /** Of JupyterLab, when it has one. */
  readonly notebook?: string;
}

const PROGRAM = join(__dirname, '..', '..', '..', 'bin', 'develop-link.cjs');

/**
 * Has files and ports of a pod kept in step, by a process that goes on while others need it, and waits until all files
 * are in the pod.
 *
 * @throws FabricaError `sync-failed`, those of kubectl
 */
export async function connect(
  options: PodOptions,
  record: PodRecord,
  { job, pod }: Found,
  outcome: PodSession['outcome'],
): Promise<PodSession> {
  const { root, project, environment, signal } = options;
  const whose = { root, project: project.name, environment: environment.name };
  const name = pod?.metadata.name as string;
  const target = targetOf(options, signal);
  makeFolders(whose);
  if (!linkProcess(whose)) await startLink(whose);
  await bringThere(options, whose, name, target, outcome === 'started' ? record.folders : undefined);
  for (const line of syncNews(whose)) options.progress.say(line);
  const port = record.lab && record.ports.find(({ inside }) => inside === LAB_PORT)?.outside;
  return {
    ...{ whose, record, pod: name, outcome },
    notebook: port ? `http://127.0.0.1:${port}/lab?token=${await tokenOf(target, name)}` : undefined,
    image: job.spec.template.spec.containers[0]?.image ?? '',
    restarts: pod?.status?.containerStatuses?.[0]?.restartCount ?? 0,
  };
}

async function bringThere(
  { progress }: PodOptions,
  whose: Whose,
  pod: string,
  target: Target,
  told: readonly string[] | undefined,
): Promise<void> {
  if (!told) return progress.quietly('Files', (work) => settle(whose, pod, 'here', { target, work }));
  await progress.phase('Files', async (work) => {
    await settle(whose, pod, 'here', { target, work });
    return `${told.join(', ')}, in step with the pod`;
  });
}

export async function startLink(whose: Whose): Promise<void> {
  makeFolders(whose);
  const { root, project, environment } = whose;
  const record = await startDaemon(process.execPath, [PROGRAM, root, project, environment], {
    root,
    ...linkNote(whose),
  });
  // Whoever ends the session ends it, unless others need it.
  keepStarted(record.id);
}

export async function stopLink(whose: Whose): Promise<void> {
  const running = linkProcess(whose);
  if (running) await stopProcess(whose.root, running);
}

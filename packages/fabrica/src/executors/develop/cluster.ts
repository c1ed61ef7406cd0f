import { setTimeout as wait } from 'node:timers/promises';
import { kubectl } from '../../cluster/kubectl';
import { labAnswers } from '../../develop/container';
import { checkPod } from '../../develop/cluster/check';
import type { PodSession } from '../../develop/cluster/connect';
import { executeInPod } from '../../develop/cluster/execute';
import { CONTAINER, wantedSecrets } from '../../develop/cluster/pod';
import { keepPod, leavePod, othersIn } from '../../develop/cluster/leave';
import { openPod } from '../../develop/cluster/session';
import { syncNews } from '../../develop/cluster/settle';
import { releaseOf, type PodOptions } from '../../develop/cluster/start';
import { LAB_PORT } from '../../develop/dockerfile';
import type { SessionOptions } from '../../develop/session';
import { FabricaError } from '../../support/errors';
import { isInteractive } from '../../support/terminal';
import { readEnvironment } from '../../workspace';
import type { Command } from '../command';
import { describePod, podAnswer } from './cluster-report';
import type { DevelopExecutorOptions } from './executor';
import { commandFailed } from './report';

/** Works in a pod of the project in a cluster, which ends with the last one who leaves it, unless it is to stay. */
export async function inCluster(
  options: DevelopExecutorOptions,
  session: SessionOptions,
  command: Command,
): Promise<void> {
  const { cpu, memory, gpu, hours } = options;
  const environment = readEnvironment(command.root, options.environment);
  const pod: PodOptions = { ...session, environment, asked: { cpu, memory, gpu, hours } };
  tellWhatLacks(pod);
  const opened = await openPod(pod);
  const told = (): void => syncNews(opened.whose).forEach((line) => session.progress.say(line));
  const telling = isShell(options) ? undefined : setInterval(told, NEWS);
  try {
    if (options.detach) await leaveRunning(opened, pod, command);
    else if (options.command !== undefined) await runOne(opened, options.command, pod);
    else await stay(opened, options, pod, command);
  } finally {
    clearInterval(telling);
    await leavePod(pod, opened);
  }
}

/** How often one looks for conflicts to tell of, in milliseconds: not into a shell, which may show anything. */
const NEWS = 1_000;

function isShell({ notebook, detach, command }: DevelopExecutorOptions): boolean {
  return !notebook && !detach && command === undefined && isInteractive();
}

/** Services and variables of one's own machine are not in a cluster. */
function tellWhatLacks(options: PodOptions): void {
  const { project, environment, progress } = options;
  const { services = [], environment: variables = [] } = project.settings.develop ?? {};
  const given = wantedSecrets(releaseOf(options));
  const missing = variables.filter(
    (name) => !given.includes(name) && environment.variables[name] === undefined,
  );
  if (services.length)
    progress.say(
      `Without ${services.join(', ')}: the services of fabrica.yaml are for containers on this machine`,
    );
  if (missing.length)
    progress.say(
      `Without ${missing.join(', ')}: no variable and no secret of environments/${environment.name}.yaml`,
    );
}

async function leaveRunning(opened: PodSession, options: PodOptions, { answer }: Command): Promise<void> {
  await whenLabAnswers(opened, options);
  keepPod(opened.whose);
  answer(podAnswer(opened, options), describePod(opened, options, 'detached'));
}

async function runOne(opened: PodSession, text: string, options: PodOptions): Promise<void> {
  const code = await run(opened, ['sh', '-c', text], options);
  if (code === KILLED)
    throw new FabricaError(
      'command-killed',
      `${text} was killed: it may have taken more memory than the pod has`,
      {
        hint: `npx nx develop ${options.project.name} --environment=${options.environment.name} --fresh --memory=…`,
      },
    );
  if (code !== 0) throw commandFailed(text, code);
}

const KILLED = 137;

/** Until the shell is left; without a terminal, or when JupyterLab is all, until Ctrl-C. */
async function stay(
  opened: PodSession,
  options: DevelopExecutorOptions,
  pod: PodOptions,
  { answer }: Command,
): Promise<void> {
  const shell = isShell(options);
  if (!shell) await whenLabAnswers(opened, pod);
  answer(podAnswer(opened, pod), describePod(opened, pod, shell ? 'shell' : 'foreground'));
  if (shell) await run(opened, ['bash', '-i'], pod);
  else await follow(opened, pod);
  if (othersIn(opened.whose).length)
    pod.progress.say(`Others have the pod of ${pod.project.name} open: it stays`);
}

/** It may have failed by itself, or because its pod or the cluster is gone. */
async function run(opened: PodSession, words: readonly string[], options: PodOptions): Promise<number> {
  const { environment, project, packages, signal } = options;
  try {
    const where = { environment, pod: opened.pod };
    const code = await executeInPod(where, words, { folder: project.folder, packages, signal });
    if (code !== 0) await checkPod(opened, options);
    return code;
  } catch (error) {
    if (!signal.aborted) await checkPod(opened, options);
    throw error;
  }
}

async function whenLabAnswers({ record, pod, ...session }: PodSession, options: PodOptions): Promise<void> {
  const port = record.lab && record.ports.find(({ inside }) => inside === LAB_PORT)?.outside;
  const { signal } = options;
  for (let tries = 1; port && !(await labAnswers(port, signal)); tries++) {
    await wait(200, undefined, { signal }).catch(() => signal.throwIfAborted());
    if (tries % 10 === 0) await checkPod({ record, pod, ...session }, options);
  }
}

/** Shows what JupyterLab has to say, until the pod ends. */
async function follow(opened: PodSession, options: PodOptions): Promise<void> {
  const { environment, signal } = options;
  const args = ['logs', '--follow', '--tail=0', opened.pod, '--container', CONTAINER];
  for (;;) {
    await kubectl(environment, args, {
      signal,
      onLine: (line) => void (/^\[[DI] /.test(line) || process.stderr.write(`${line}\n`)),
    });
    await checkPod(opened, options);
    await wait(1_000, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

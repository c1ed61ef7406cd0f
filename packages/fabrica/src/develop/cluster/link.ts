import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Target } from '../../cluster/ask';
import { kubectl } from '../../cluster/kubectl';
import { Cancelled, FabricaError, reportError } from '../../support/errors';
import { interruptible } from '../../support/interrupts';
import { run } from '../../support/processes';
import { Progress } from '../../support/progress';
import { readEnvironment } from '../../workspace';
import type { Port } from '../compose';
import { findPod, isReady } from './find';
import { ignoreArguments, ignoredIn } from './ignored';
import { CONTAINER } from './pod';
import { podState, probeFolder, readPodRecord, type PodRecord, type Whose } from './record';
import { listener, say } from './listen';
import { restoreIgnored } from './restore';
import { findUnison, shellScript, syncArguments } from './unison';

/** What a link works with. */
interface Link {
  readonly whose: Whose;
  readonly record: PodRecord;
  readonly target: Target;
  /** Ends all of it. */
  readonly gone: AbortController;
}

const AGAIN = 1_000;
/** By how much clocks may differ. */
const LATE = 60_000;
/** As often in a row a sync may end at once: then to wait is for nothing. */
const MOST_FAILURES = 8;
/** What ran for so long did work. */
const WORKED = 10_000;

/** Why all ends when the pod has. */
const GONE = new Error('the pod is gone');

/**
 * Keeps the files of a pod in step with those here, and its ports open on this machine, until the pod is gone or somebody
 * ends this process. A connection that is lost is made again.
 *
 * @returns the exit code
 */
export async function runLink(root: string, project: string, environment: string): Promise<number> {
  const whose = { root, project, environment };
  try {
    return await interruptible(async (signal) => {
      const record = readPodRecord(whose);
      if (!record) return 0;
      const gone = new AbortController();
      const target: Target = {
        project: { name: project },
        environment: readEnvironment(root, environment),
        signal: AbortSignal.any([signal, gone.signal]),
        progress: new Progress({ quiet: 600_000 }),
      };
      const link = { whose, record, target, gone };
      const works = [sync(link), ...record.ports.map((port) => forward(link, port))];
      // All of them, so that nothing of theirs is left when this process ends.
      for (const work of await Promise.allSettled(works))
        if (work.status === 'rejected' && work.reason !== gone.signal.reason) throw work.reason;
      return 0;
    });
  } catch (error) {
    if (error instanceof Cancelled) return 0;
    reportError(error, { from: root });
    return 1;
  }
}

/** Does work for the pod again and again, as long as there is one. */
async function whileThere(
  { record, target, gone }: Link,
  work: (pod: string) => Promise<void>,
): Promise<void> {
  const isOver = (): boolean => Date.now() > Date.parse(record.until) + LATE;
  while (!isOver()) {
    const found = await findPod(target, record.name).catch((error: unknown) => {
      // A laptop that was asleep, a network that is away: the pod may go on.
      if (!(error instanceof FabricaError) || error instanceof Cancelled) throw error;
      return 'unknown' as const;
    });
    if (found !== 'unknown') {
      if (found?.job.metadata.uid !== record.uid) break;
      if (isReady(found.pod)) await work(found.pod.metadata.name);
    }
    await wait(AGAIN, undefined, { signal: target.signal }).catch(() => target.signal.throwIfAborted());
  }
  gone.abort(GONE);
}

async function sync(link: Link): Promise<void> {
  const { whose, record, target, gone } = link;
  const { root } = whose;
  const { context, namespace } = target.environment;
  const program = await findUnison(target.signal);
  const ignored = await ignoredIn(root, record.folders, target.signal);
  const shell = podState(whose, 'shell');
  const probes = probeFolder(whose);
  let failures = 0;
  await whileThere(link, async (pod) => {
    const enter = ['exec', '--stdin', pod, '--container', CONTAINER, '--'];
    writeFileSync(shell, shellScript(['kubectl', '--context', context, '--namespace', namespace, ...enter]));
    chmodSync(shell, 0o700);
    // What was in step with one pod says nothing of another.
    const archive = podState(whose, 'archives', pod);
    mkdirSync(archive, { recursive: true });
    const restore = (): void => {
      for (const file of restoreIgnored(root, archive, ignored)) say(`put back: ${file}`);
    };
    restore();
    const ignores = ignoreArguments(ignored);
    const began = Date.now();
    await run(program, syncArguments({ root, shell, folders: record.folders, probes, ignores }), {
      cwd: root,
      env: { ...process.env, UNISON: archive },
      keep: false,
      signal: target.signal,
      onLine: listener(whose, probes, restore),
    });
    failures = Date.now() - began > WORKED ? 0 : failures + 1;
    if (failures < MOST_FAILURES) return;
    gone.abort(GONE);
    throw new FabricaError('sync-failed', `${program} ended ${failures} times in a row`);
  });
}

/** One program for each port: a port on which nothing listens yet ends its own. */
function forward(link: Link, { inside, outside }: Port): Promise<void> {
  const { target } = link;
  return whileThere(link, async (pod) => {
    const args = ['port-forward', pod, '--address=127.0.0.1', `${outside}:${inside}`];
    await kubectl(target.environment, args, {
      signal: target.signal,
      keep: false,
      onLine: (line) => void (/^(Forwarding|Handling)/.test(line) || say(line)),
    });
  });
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../workspace';
import { kubectl } from '../kubectl';
import type { StepPod, Which } from './events';

const AGAIN = 1_000;
/** What a pod wrote last comes a moment after the cluster says that it ended. */
const LATE = 5_000;

/** Argo's own lines in a pod's output. */
export const ARGO = /^time=.* argo=true|^Error: exit status \d+$/;
/** Those of the runner: how a step ended is in the store, too. */
const RUNNER = /^fabrica: /;

/** Shows what the pods of steps print while they run. */
export class Logs {
  private readonly readers = new Map<string, Promise<void>[]>();

  constructor(
    private readonly environment: Environment,
    private readonly show: (pod: StepPod, line: string) => void,
    private readonly signal: AbortSignal,
  ) {}

  read(pod: StepPod): void {
    const key = keyOf(pod);
    const reader = this.follow(pod).catch(() => undefined); // only aborted
    this.readers.set(key, [...(this.readers.get(key) ?? []), reader]);
  }

  /** Resolves when all was shown that the pods of a step have printed; does not wait for what doesn't come. */
  async shown(which: Which): Promise<void> {
    const late = new AbortController();
    const timer = sleep(LATE, undefined, { signal: late.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.readers.get(keyOf(which)) ?? []), timer]);
    late.abort();
  }

  /** What the container of a pod that ended has printed; empty when the pod is gone. */
  async of(pod: string): Promise<string[]> {
    const { stdout } = await kubectl(this.environment, ['logs', '--container=main', pod], {
      signal: this.signal,
    });
    return stdout.split('\n').filter((line) => line && !ARGO.test(line));
  }

  private async follow(pod: StepPod): Promise<void> {
    const onLine = (line: string, stream: string): void => {
      if (stream === 'stdout' && !ARGO.test(line) && !RUNNER.test(line)) this.show(pod, line);
    };
    const args = ['logs', '--follow', '--container=main', pod.pod];
    for (;;) {
      const { code, stderr } = await kubectl(this.environment, args, {
        signal: this.signal,
        onLine,
        keep: false,
      });
      if (code === 0 || !/waiting to start|ContainerCreating|PodInitializing/.test(stderr)) return;
      await sleep(AGAIN, undefined, { signal: this.signal });
    }
  }
}

function keyOf({ step, chunk }: Which): string {
  return `${step} ${chunk}`;
}

import { FabricaError } from '../../support/errors';
import type { Environment } from '../../workspace';
import { PodLines, waitAtMost } from '../pod-lines';
import type { StepPod, Which } from './events';

/** What a pod wrote last comes a moment after the cluster says that it ended. */
const LATE = 5_000;

/** Lines of the runner: how a step ended is in the store, too. */
const RUNNER = /^fabrica: /;

/** Shows what the pods of steps print while they run. */
export class Logs {
  private hasTold = false;
  private readonly readers = new Map<string, Promise<void>[]>();

  constructor(
    private readonly environment: Environment,
    private readonly show: (pod: StepPod, line: string) => void,
    /** Told once, when what pods print can't be read. */
    private readonly say: (text: string) => void,
    private readonly signal: AbortSignal,
  ) {}

  read(pod: StepPod): void {
    const key = keyOf(pod);
    const reader = this.linesOf(pod.pod)
      .follow((line) => {
        if (!RUNNER.test(line)) this.show(pod, line);
      })
      .catch((error: unknown) => this.tell(error));
    this.readers.set(key, [...(this.readers.get(key) ?? []), reader]);
  }

  /** Resolves when all was shown that the pods of a step have printed; does not wait for what doesn't come. */
  shown(which: Which): Promise<void> {
    return waitAtMost(LATE, Promise.all(this.readers.get(keyOf(which)) ?? []));
  }

  /** What the container of a pod that ended has printed; empty when the pod is gone. */
  of(pod: string): Promise<string[]> {
    return this.linesOf(pod).all();
  }

  private tell(error: unknown): void {
    if (!(error instanceof FabricaError) || this.hasTold) return;
    this.hasTold = true;
    this.say(`what steps print can't be shown: ${error.message}`);
  }

  private linesOf(pod: string): PodLines {
    return new PodLines(this.environment, pod, this.signal);
  }
}

function keyOf({ step, chunk }: Which): string {
  return `${step} ${chunk}`;
}

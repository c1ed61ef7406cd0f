import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../workspace';
import { kubectl, kubectlFailure } from './kubectl';
import type { RunResult } from '../support/processes';

const AGAIN = 1_000;

/** Argo's own lines in a pod's output. */
const ARGO = /^time=.* argo=true|^Error: exit status \d+$/;

/** What the main container of a workflow's pod prints, without what Argo adds to it. */
export class PodLines {
  constructor(
    private readonly environment: Environment,
    private readonly pod: string,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Hands over each line as it comes, until the pod ends or is gone. A pod that is about to start is waited for, and a
   * connection that breaks is taken up where it broke off.
   *
   * @throws FabricaError those of kubectl, such as `forbidden`
   */
  async follow(show: (line: string) => void): Promise<void> {
    // From its beginning each time: lines that were handed over already are counted.
    for (let seen = 0; ;) {
      let at = 0;
      const onLine = (line: string, stream: string): void => {
        if (stream !== 'stdout' || ++at <= seen) return;
        seen = at;
        if (!ARGO.test(line)) show(line);
      };
      const how = { signal: this.signal, onLine, keep: false };
      const result = await kubectl(this.environment, this.words('--follow'), how);
      if (result.code === 0 || isGone(result)) return;
      await this.again(result);
    }
  }

  /**
   * All that it has printed so far; nothing when the pod is gone.
   *
   * @throws FabricaError those of kubectl, such as `forbidden`
   */
  async all(): Promise<string[]> {
    for (;;) {
      const result = await kubectl(this.environment, this.words(), { signal: this.signal });
      if (result.code === 0) return result.stdout.split('\n').filter((line) => line && !ARGO.test(line));
      if (isGone(result)) return [];
      await this.again(result);
    }
  }

  /** Waits, when asking once more may help. */
  private async again(result: RunResult): Promise<void> {
    if (!/waiting to start|ContainerCreating|PodInitializing/.test(result.stderr)) {
      const failure = kubectlFailure(result, this.environment);
      if (failure.code !== 'cluster-down') throw failure;
    }
    await sleep(AGAIN, undefined, { signal: this.signal });
  }

  private words(...more: readonly string[]): string[] {
    return ['logs', ...more, '--container=main', this.pod];
  }
}

function isGone({ stderr }: RunResult): boolean {
  return /not found/i.test(stderr);
}

/** Waits for work, but no longer than so many milliseconds; whether it failed is for others to say. */
export async function waitAtMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const late = new AbortController();
  const timer = sleep(milliseconds, undefined, { signal: late.signal }).catch(() => undefined);
  await Promise.race([work.catch(() => undefined), timer]);
  late.abort();
}

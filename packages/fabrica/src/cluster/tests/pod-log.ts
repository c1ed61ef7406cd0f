import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../workspace';
import { kubectl } from '../kubectl';
import { ARGO } from '../runs/logs';
import { ReportReader, type ShardReport } from './report';

const AGAIN = 1_000;

/** What a pod of the tests prints, and the report at its end. */
export class PodLog {
  private readonly reader: ReportReader;
  private following: Promise<void> = Promise.resolve();
  /** Lines that were read already: after a broken connection the log comes from its beginning. */
  private seen = 0;

  constructor(
    private readonly environment: Environment,
    private readonly pod: string,
    private readonly mark: string,
    private readonly signal: AbortSignal,
  ) {
    this.reader = new ReportReader(mark);
  }

  /** Shows what the pod prints until it ends, but for the report. */
  follow(show: (line: string) => void): Promise<void> {
    this.following = this.read(show);
    return this.following;
  }

  /**
   * The report; undefined when the pod has left none.
   *
   * @param late for how long what is yet to come is waited for, in milliseconds
   */
  async report(late: number): Promise<ShardReport | undefined> {
    const end = new AbortController();
    const timer = sleep(late, undefined, { signal: end.signal }).catch(() => undefined);
    await Promise.race([this.following.catch(() => undefined), timer]);
    end.abort();
    return this.reader.read() ?? (await this.anew());
  }

  private async read(show: (line: string) => void): Promise<void> {
    for (;;) {
      let at = 0;
      const onLine = (line: string, stream: string): void => {
        if (stream !== 'stdout' || ++at <= this.seen) return;
        this.seen = at;
        const shown = ARGO.test(line) ? undefined : this.reader.take(line);
        if (shown !== undefined) show(shown);
      };
      const args = ['logs', '--follow', '--container=main', this.pod];
      const { code, stderr } = await kubectl(this.environment, args, {
        signal: this.signal,
        onLine,
        keep: false,
      });
      if (code === 0 || /not found/i.test(stderr)) return;
      await sleep(AGAIN, undefined, { signal: this.signal });
    }
  }

  /** Once more from the log as a whole, as nothing hid anything in it. */
  private async anew(): Promise<ShardReport | undefined> {
    const args = ['logs', '--container=main', this.pod];
    const { stdout } = await kubectl(this.environment, args, { signal: this.signal });
    const reader = new ReportReader(this.mark);
    for (const line of stdout.split('\n')) reader.take(line);
    return reader.read();
  }
}

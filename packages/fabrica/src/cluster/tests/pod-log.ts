import type { Environment } from '../../workspace';
import { PodLines, waitAtMost } from '../pod-lines';
import { ReportReader, type ShardReport } from './report';

/** What a pod of the tests prints, and the report at its end. */
export class PodLog {
  private readonly reader: ReportReader;
  private readonly lines: PodLines;
  private following: Promise<void> = Promise.resolve();

  constructor(
    environment: Environment,
    pod: string,
    private readonly mark: string,
    signal: AbortSignal,
  ) {
    this.reader = new ReportReader(mark);
    this.lines = new PodLines(environment, pod, signal);
  }

  /** Shows what the pod prints until it ends, but for the report. */
  follow(show: (line: string) => void): Promise<void> {
    this.following = this.lines.follow((line) => {
      const shown = this.reader.take(line);
      if (shown !== undefined) show(shown);
    });
    return this.following;
  }

  /**
   * The report; undefined when the pod has left none.
   *
   * @param late for how long what is yet to come is waited for, in milliseconds
   */
  async report(late: number): Promise<ShardReport | undefined> {
    await waitAtMost(late, this.following);
    return this.reader.read() ?? (await this.anew());
  }

  /** Once more from the log as a whole, as nothing hid anything in it. */
  private async anew(): Promise<ShardReport | undefined> {
    const reader = new ReportReader(this.mark);
    for (const line of await this.lines.all()) reader.take(line);
    return reader.read();
  }
}

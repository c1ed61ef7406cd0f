import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

const report = z.object({
  /** pytest's exit code. */
  code: z.int(),
  /** Of all that the shards divide among them; null where nothing could be collected. */
  selected: z.string().nullable(),
  /** The attributes of the suite: `time`, `timestamp`, `hostname`. */
  suite: z.record(z.string(), z.string()),
  cases: z.array(
    z.object({
      name: z.string(),
      /** The module, and the class. */
      of: z.string(),
      outcome: z.enum(['passed', 'failure', 'error', 'skipped']),
      message: z.string().nullable(),
      /** As it stands in the report. */
      xml: z.string(),
    }),
  ),
});

/** What a shard says of its tests: shard.py writes it. */
export type ShardReport = Readonly<z.output<typeof report>>;

/** A test in a report. */
export type TestCase = ShardReport['cases'][number];

/** What pytest says of the file in the pod: it means nothing here. */
const JUNIT = 'generated xml file: /tmp/fabrica-junit.xml';

/**
 * Finds the report in what a pod prints. Its parts come in lines of their own, or after what a test printed without an
 * end of its line; a part that comes twice is one.
 */
export class ReportReader {
  private readonly parts = new Map<number, string>();
  private total = Infinity;
  private readonly pattern: RegExp;

  /** @param mark what each part begins with */
  constructor(mark: string) {
    this.pattern = new RegExp(`${mark} (\\d+)/(\\d+) ([A-Za-z0-9+/=]+)`);
  }

  /**
   * Takes a line.
   *
   * @returns what of it a person is shown, if anything
   */
  take(line: string): string | undefined {
    const found = this.pattern.exec(line);
    if (!found) return line.includes(JUNIT) ? undefined : line;
    const [all, index, total, part] = found as unknown as [string, string, string, string];
    this.parts.set(Number(index), part);
    this.total = Number(total);
    return line.replace(all, '') || undefined;
  }

  /** The report, once it is here as a whole. */
  read(): ShardReport | undefined {
    if (this.parts.size < this.total) return undefined;
    const ordered = [...this.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    try {
      const text = gunzipSync(Buffer.from(ordered.join(''), 'base64')).toString();
      return report.parse(JSON.parse(text));
    } catch {
      return undefined; // Damaged on its way; the log can be read again.
    }
  }
}

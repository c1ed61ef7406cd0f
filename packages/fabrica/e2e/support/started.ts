import type { ChildProcess } from 'node:child_process';
import { printed } from './workspace';

/** A command that was started, and what it has printed. */
export class Started {
  output = '';
  readonly code: Promise<number | null>;

  constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.code = new Promise((done) => child.once('close', done));
  }

  printed(text: string): Promise<void> {
    return this.output.includes(text) ? Promise.resolve() : printed(this.child, text);
  }

  async ended(): Promise<this> {
    await this.code;
    return this;
  }

  interrupt(): void {
    this.child.kill('SIGINT');
  }

  /** What the output says where an expression has a group. */
  said(pattern: RegExp): string {
    return pattern.exec(this.output)?.[1] ?? '';
  }
}

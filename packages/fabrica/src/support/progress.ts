import { colour } from './colour';
import { redact } from './secrets';

/** Work that takes longer says so. */
const QUIET = 2_000;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  readonly terminal?: Terminal;
  /** How long work stays unmentioned, in milliseconds. */
  readonly quiet?: number;
}

/** What one piece of work says about itself while it runs. */
export interface Work {
  /** What it is doing now: shown on the live line, on a terminal. */
  detail(text: string): void;
  /** A line that stays. */
  say(text: string): void;
  /** Gives the terminal to another program that draws there itself, from now on. */
  handOver(): void;
}

/**
 * Shows on stderr what is going on. On a terminal, work in progress has a live line; elsewhere it is named once
 * when it takes more than two seconds. What ended has a line of its own, with its answer.
 *
 * @example
 * const progress = new Progress();
 * await progress.phase('Environment', async (work) => {
 *   work.detail('installing 41 packages');
 *   return 'unchanged';
 * }); // ✓ Environment  unchanged
 */
export class Progress {
  private readonly terminal: Terminal;
  private readonly quiet: number;

  constructor(options: ProgressOptions = {}) {
    this.terminal = options.terminal ?? process.stderr;
    this.quiet = options.quiet ?? QUIET;
  }

  say(text: string): void {
    this.terminal.write(redact(text) + '\n');
  }

  /** Does work and prints a line at its end: the title, what the work answered, and the seconds when there were some. */
  async phase<T extends string | void>(title: string, work: (work: Work) => Promise<T>): Promise<T> {
    const live = new Live(this.terminal, title, this.quiet);
    try {
      const answer = await work(live);
      live.end(`${colour('green', '✓')} ${colour('bold', title)}${answer ? `  ${redact(answer)}` : ''}`);
      return answer;
    } catch (error) {
      live.end(`${colour('red', '✗')} ${colour('bold', title)}`);
      throw error;
    }
  }

  /** Does work that is only mentioned when it takes longer than two seconds. */
  async quietly<T>(title: string, work: (work: Work) => Promise<T>): Promise<T> {
    const live = new Live(this.terminal, title, this.quiet);
    try {
      return await work(live);
    } finally {
      live.clear();
    }
  }
}

/** Work within work: the innermost has the live line. */
const shown: Live[] = [];

class Live implements Work {
  private readonly began = Date.now();
  private readonly timer: NodeJS.Timeout;
  private ticker?: NodeJS.Timeout;
  private text = '';
  private frame = 0;
  private drawn = false;
  private silent = false;

  constructor(
    private readonly terminal: Terminal,
    private readonly title: string,
    quiet: number,
  ) {
    shown.at(-1)?.erase();
    shown.push(this);
    this.timer = setTimeout(() => this.appear(), quiet);
    this.timer.unref();
  }

  detail(text: string): void {
    this.text = redact(text);
    if (this.drawn) this.draw();
  }

  say(text: string): void {
    this.erase();
    this.terminal.write(`  ${redact(text)}\n`);
  }

  handOver(): void {
    this.clear();
    this.silent = true;
  }

  end(line: string): void {
    this.clear();
    const seconds = (Date.now() - this.began) / 1000;
    this.terminal.write(`${line}${seconds >= 1 ? colour('dim', ` (${seconds.toFixed(1)} s)`) : ''}\n`);
  }

  clear(): void {
    clearTimeout(this.timer);
    clearInterval(this.ticker);
    this.erase();
    const index = shown.indexOf(this);
    if (index >= 0) shown.splice(index, 1);
  }

  private appear(): void {
    if (this.silent) return;
    if (!this.terminal.isTTY) {
      this.terminal.write(`… ${this.title}${this.text && `: ${this.text}`}\n`);
      return;
    }
    this.ticker = setInterval(() => this.draw(), 100);
    this.ticker.unref();
    this.draw();
  }

  private draw(): void {
    if (shown.at(-1) !== this) return;
    const seconds = Math.round((Date.now() - this.began) / 1000);
    const line = `${FRAMES[this.frame++ % FRAMES.length]} ${this.title}${this.text && `: ${this.text}`} · ${seconds} s`;
    const width = (this.terminal.columns ?? 80) - 1;
    this.terminal.write(`\r\u001b[2K${line.length > width ? line.slice(0, width - 1) + '…' : line}`);
    this.drawn = true;
  }

  erase(): void {
    if (this.drawn) this.terminal.write('\r\u001b[2K');
    this.drawn = false;
  }
}

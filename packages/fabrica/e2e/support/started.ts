import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { HOUSE, printed, type Workspace } from './workspace';

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

/** Starts what the command of a target does: `python -m fabrica.pipelines run …` in a project's own environment. */
export function startPython(
  workspace: Workspace,
  folder: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Started {
  const program = join(HOUSE, 'packages/fabrica/bin/env.cjs');
  const command = [program, folder, '--', 'python', ...words];
  const all = { ...process.env, NX_TASK_TARGET_PROJECT: folder.split('/').at(-1), ...env };
  return new Started(
    spawn(process.execPath, command, { cwd: workspace.root, env: all, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
}

import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { pythonOf } from '../../../bin/shared.cjs';
import { storeEnvironment } from '../../python/store-environment';
import type { Environment, Project } from '../../workspace';
import type { RunEvent } from './events';

export interface Shown {
  readonly root: string;
  readonly project: Project;
  readonly environment: Environment;
  readonly pipeline: string;
  readonly run: string;
  /** What the run was started with, to say it again. */
  readonly typed: readonly string[];
  readonly json: boolean;
}

/** Shows a run as a run on this machine is shown: by the project's own runner, which reads its files in the store. */
export class Shower {
  private readonly child: ChildProcess;
  /** The exit code: that of the run, once it was told that the run is over. */
  readonly ended: Promise<number>;

  constructor({ root, project, environment, pipeline, run, typed, json }: Shown) {
    const at = join(root, project.folder);
    const words = ['follow', pipeline, '--run', run, '--environment', environment.name, ...typed];
    this.child = spawn(pythonOf(at), ['-m', 'fabrica.pipelines', ...words, ...(json ? ['--json'] : [])], {
      cwd: at,
      env: storeEnvironment(root, project, environment),
      stdio: ['pipe', 'inherit', 'inherit'],
      // Ctrl-C is for us: it leaves the run going.
      detached: process.platform !== 'win32',
    });
    // One that ends early is judged by its exit code.
    this.child.stdin?.on('error', () => undefined);
    this.ended = new Promise((done, broken) => {
      this.child.once('error', broken);
      this.child.once('close', (code) => done(code ?? 1));
    });
  }

  tell(event: RunEvent): void {
    this.child.stdin?.write(`${JSON.stringify(event)}\n`);
  }

  /** It leaves what it has shown, and ends. */
  leave(): void {
    this.child.stdin?.end();
  }
}

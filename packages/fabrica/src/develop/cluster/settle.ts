import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Target } from '../../cluster/deploys/ask';
import { kubectl, kubectlFailure } from '../../cluster/kubectl';
import { FabricaError } from '../../support/errors';
import { readLastLines } from '../../support/processes';
import type { Work } from '../../support/progress';
import { WORKSPACE } from '../dockerfile';
import { CONTAINER } from './pod';
import { conflictsFile, linkNote, linkProcess, podState, probeFolder, type Whose } from './record';

const LOOK = 50;

/** Waits until all that was changed here is in the pod, or the other way round: a file that is written now came through. */
export async function settle(
  whose: Whose,
  pod: string,
  from: 'here' | 'pod',
  { target, work }: { readonly target: Target; readonly work: Work },
): Promise<void> {
  const probe = randomUUID();
  const { root } = whose;
  const here = join(root, probeFolder(whose), probe);
  const through = podState(whose, 'through', probe);
  makeFolders(whose);
  if (from === 'here') writeFileSync(here, '');
  else await write(target, pod, `${WORKSPACE}/${probeFolder(whose)}/${probe}`);
  try {
    for (;;) {
      if (existsSync(through)) return;
      if (!linkProcess(whose)) throw linkEnded(whose);
      work.detail(doing(linkNote(whose).log));
      await wait(LOOK, undefined, { signal: target.signal }).catch(() => target.signal.throwIfAborted());
    }
  } finally {
    rmSync(through, { force: true });
    rmSync(here, { force: true });
  }
}

/** Those that both sides write into. */
export function makeFolders(whose: Whose): void {
  mkdirSync(join(whose.root, probeFolder(whose)), { recursive: true });
  mkdirSync(podState(whose, 'through'), { recursive: true });
}

async function write(target: Target, pod: string, path: string): Promise<void> {
  const args = ['exec', pod, '--container', CONTAINER, '--', 'touch', path];
  const result = await kubectl(target.environment, args, { signal: target.signal });
  if (result.code !== 0) throw kubectlFailure(result, target.environment);
}

function doing(log: string): string {
  return readLastLines(log, 1).replace(/^\[(BGN|END)\] /, '');
}

function linkEnded(whose: Whose): FabricaError {
  const { log } = linkNote(whose);
  const said = readLastLines(log, 10).replace(/^/gm, '  ');
  return new FabricaError(
    'sync-failed',
    `files and ports of the pod are not kept in step any more\n${said}`,
    {
      hint: `npx nx develop ${whose.project} --environment=${whose.environment} does so again; ${log} has more`,
    },
  );
}

/** Tells of conflicts, each once. */
export class Conflicts {
  private told: number;

  constructor(private readonly whose: Whose) {
    this.told = this.lines().length;
  }

  /** Those since the last time, in a sentence each. */
  news(): string[] {
    const fresh = this.lines().slice(this.told);
    this.told += fresh.length;
    return fresh.map((line) => sentence(JSON.parse(line) as [string, string, string]));
  }

  private lines(): string[] {
    const file = conflictsFile(this.whose);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  }
}

function sentence([path, here, there]: readonly [string, string, string]): string {
  const what = `conflict: ${path} was ${here === 'new file' ? 'made' : here} here and ${there === 'new file' ? 'made' : there} in the pod`;
  const copy = path.replace(/(\.[^./]+)?$/, ' (conflict_on_…)$1');
  return `${what}; nothing is lost: what one side had is in ${copy}`;
}

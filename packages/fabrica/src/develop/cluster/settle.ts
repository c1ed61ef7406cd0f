import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Target } from '../../cluster/ask';
import { kubectl, kubectlFailure } from '../../cluster/kubectl';
import { FabricaError } from '../../support/errors';
import { readIfThere } from '../../support/files';
import { readLastLines } from '../../support/processes';
import type { Work } from '../../support/progress';
import { WORKSPACE } from '../dockerfile';
import { CONTAINER } from './pod';
import { linkNote, linkProcess, newsFiles, podState, probeFolder, type Whose } from './record';
import type { Trouble } from './unison';

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

/** Those that both sides write into. Unison takes a folder that is emptied for a mishap: there is a file that stays. */
export function makeFolders(whose: Whose): void {
  mkdirSync(join(whose.root, probeFolder(whose)), { recursive: true });
  writeFileSync(join(whose.root, probeFolder(whose), 'stays'), '');
  mkdirSync(podState(whose, 'through'), { recursive: true });
}

async function write(target: Target, pod: string, path: string): Promise<void> {
  const args = ['exec', pod, '--container', CONTAINER, '--', 'touch', path];
  const result = await kubectl(target.environment, args, { signal: target.signal });
  if (result.code !== 0) throw kubectlFailure(result, target.environment);
}

function doing(log: string): string {
  return readLastLines(log, 1)
    .replace(/^\[(BGN|END)\] /, '')
    .trim();
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

/** What went otherwise than one expects since somebody was told last, in a sentence each. */
export function syncNews(whose: Whose): string[] {
  const { news, told } = newsFiles(whose);
  const lines = (readIfThere(news) ?? '').split('\n').filter(Boolean);
  const before = Number(readIfThere(told) ?? 0);
  if (lines.length > before) writeFileSync(told, String(lines.length));
  const { log } = linkNote(whose);
  return lines.slice(before).map((line) => sentence(JSON.parse(line) as Trouble, log));
}

function sentence(trouble: Trouble, log: string): string {
  const { path } = trouble;
  if (trouble.kind === 'failure') return `not in step: ${path} can't be read or written; ${log} says why`;
  const [here, there] = [trouble.here, trouble.there].map((what) => (what === 'new file' ? 'made' : what));
  const copy = path.replace(/(\.[^./]+)?$/, ' (conflict_on_…)$1');
  return `conflict: ${path} was ${here} here and ${there} in the pod; nothing is lost: look for ${copy}`;
}

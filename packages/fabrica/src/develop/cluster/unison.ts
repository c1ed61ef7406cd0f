import { realpathSync } from 'node:fs';
import { FabricaError } from '../../support/errors';
import { run } from '../../support/processes';
import { WORKSPACE } from '../dockerfile';
import { quoted } from '../../support/shell';

/** From this version on two versions understand each other, whatever compiled them. */
const LEAST = [2, 52] as const;

/** As Debian and others name it beside other versions. */
const PROGRAMS = ['unison', 'unison-2.53', 'unison-2.52'];

/**
 * The program that keeps files in step, on this machine.
 *
 * @throws FabricaError `no-unison`, `old-unison`
 */
export async function findUnison(signal: AbortSignal): Promise<string> {
  let old: string | undefined;
  for (const program of PROGRAMS) {
    const version = await versionOf(program, signal);
    if (version && isNew(version)) return program;
    old ??= version;
  }
  const hint = INSTALL[process.platform] ?? INSTALL.linux;
  if (old === undefined)
    throw new FabricaError('no-unison', 'unison, which keeps files in step with a pod, is not installed', {
      hint,
    });
  throw new FabricaError('old-unison', `unison ${old} is too old: ${LEAST.join('.')} or newer is needed`, {
    hint,
  });
}

const ELSEWHERE = 'https://github.com/bcpierce00/unison/releases';
const INSTALL: Readonly<Record<string, string>> = {
  linux: `sudo apt-get install unison (Debian, Ubuntu); elsewhere the package unison, or ${ELSEWHERE}`,
  darwin: 'brew install unison',
  win32: 'in WSL: sudo apt-get install unison',
};

async function versionOf(program: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, ['-version'], { signal });
    return /version (\d+\.\d+[\d.]*)/.exec(stdout)?.[1];
  } catch (error) {
    if (error instanceof FabricaError && error.code === 'program-missing') return undefined;
    throw error;
  }
}

function isNew(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
}

/** One end of a sync here, the other in a pod. */
export interface Sync {
  readonly root: string;
  /** The program that Unison takes for ssh: it runs its other end in the pod. */
  readonly shell: string;
  /** What is synced, relative to the workspace. */
  readonly folders: readonly string[];
  /** Where files say that they came through, relative to the workspace. */
  readonly probes: string;
  /** What is left out: {@link ignoreArguments}. */
  readonly ignores: readonly string[];
}

/**
 * What Unison is told. A file that both sides changed, or that one changed and the other deleted, is never lost: what
 * is here keeps its name, and what the pod had is beside it under a name of its own, on both sides.
 */
export function syncArguments({ root, shell, folders, probes, ignores }: Sync): string[] {
  const here = realpathSync(root);
  return [
    ...[here, `ssh://pod/${WORKSPACE}`, '-sshcmd', shell, '-servercmd', 'unison'],
    ...['-ui', 'text', '-batch', '-auto', '-terse', '-log=false', '-ignorelocks', '-repeat', '1'],
    ...['-copyonconflict', '-prefer', here],
    // The last copy of what is replaced or deleted: a folder that is deleted takes with it what is left out of the sync.
    ...['-backup', 'Name *', '-backuploc', 'central', '-maxbackups', '1'],
    // Whether a file can be executed is the same on both sides; for whom is each side's own.
    ...['-perms', '0o700', '-fastcheck', 'true'],
    ...[...folders, probes].flatMap((path) => ['-path', path]),
    ...ignores,
    ...probes
      .split('/')
      .flatMap((_, index, parts) => ['-ignorenot', `Path ${parts.slice(0, index + 1).join('/')}`]),
    ...['-ignorenot', `Path ${probes}/*`],
  ];
}

/** A shell script that stands for ssh: `ssh pod -e none unison -server …` runs that in the pod. */
export function shellScript(command: readonly string[]): string {
  return [
    '#!/bin/sh',
    'while [ "$#" -gt 0 ] && [ "$1" != unison ]; do shift; done',
    `exec ${command.map(quoted).join(' ')} "$@"`,
    '',
  ].join('\n');
}

/** What goes otherwise than one expects. */
export type Trouble =
  | { readonly kind: 'conflict'; readonly path: string; readonly here: string; readonly there: string }
  | { readonly kind: 'failure'; readonly path: string };

/** What a line of Unison's tells of. */
export type News =
  Trouble | { readonly kind: 'through'; readonly probe: string } | { readonly kind: 'deleted' | 'complete' };

/** Reads what Unison prints: `changed  ====> deleted    projects/rides/a.py` is a conflict, and how it went. */
export function newsIn(line: string, probes: string): News | undefined {
  if (/^Synchronization (in)?complete|^(Nothing to do|No updates)/.test(line)) return { kind: 'complete' };
  const [, here = '', there = '', changed = ''] =
    /^(\S.*?) +(?:====>|<====|<-\?->) (\S.*?) {2,}(\S.*?)\s*$/.exec(line) ?? [];
  if (changed) return { kind: 'conflict', path: changed, here, there };
  if (/^\[END\] Deleting /.test(line)) return { kind: 'deleted' };
  const [, failed, skipped] = /^(?:Failed \[(.+?)\]:|\[ERROR\] Skipping (.+)$)/.exec(line) ?? [];
  if (failed || skipped) return { kind: 'failure', path: (failed ?? skipped) as string };
  const [, found] = /(?:---->|<----) .*?(\S+)\s*$/.exec(line) ?? [];
  if (found?.startsWith(`${probes}/`)) return { kind: 'through', probe: found.slice(probes.length + 1) };
  return undefined;
}

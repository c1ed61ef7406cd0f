import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writeAtomically } from '../support/files';
import { DEV_LOCK, LOCK } from './requirements';

/** In the folder's own state, which no git knows: it moves with the folder, and goes with it. */
function fileOf(at: string): string {
  return join(at, '.fabrica', 'first-choice.txt');
}

/**
 * Keeps the versions that a folder ran with before it had a lock of ours: whatever writes its first lock takes them
 * where they fit, also after an interrupted one.
 *
 * @param at the folder's path
 */
export function keepFirstChoice(at: string, versions: ReadonlyMap<string, string>): void {
  const pins = [...versions].map(([name, version]) => `${name}==${version}\n`).join('');
  if (pins) writeAtomically(fileOf(at), pins);
}

/** Whether there are such versions. */
export function hasFirstChoice(at: string): boolean {
  return readIfThere(fileOf(at)) !== undefined;
}

export function forgetFirstChoice(at: string): void {
  rmSync(fileOf(at), { force: true });
}

/** Where there is no lock yet, pins in its place: uv keeps those that it finds, where they fit. */
export function preferFirstChoice(at: string): void {
  const pins = readIfThere(fileOf(at));
  const locks = [LOCK, DEV_LOCK].map((name) => join(at, name));
  if (pins === undefined || locks.some((lock) => readIfThere(lock) !== undefined)) return;
  for (const lock of locks) writeAtomically(lock, pins);
}

import { basename, join } from 'node:path';
import { FabricaError } from '../support/errors';
import { readIfThere } from '../support/files';
import { conflictLines } from '../workspace';
import { DEV_LOCK, LOCK, type LockName } from './requirements';

/**
 * Locks that are no lists of pins any more: a merge stopped in one, or somebody took out half a pin. uv would say it of
 * pyproject.toml, or install what is left.
 *
 * @returns errors `lock-damaged`, with the commands that mend it
 */
export function damagedLocks(root: string, folder: string): FabricaError[] {
  const locks: LockName[] = [LOCK, DEV_LOCK];
  return locks.flatMap((lock) => damageOf(root, folder, lock));
}

function damageOf(root: string, folder: string, lock: LockName): FabricaError[] {
  const file = join(root, folder, lock);
  const text = readIfThere(file) ?? '';
  const [conflict] = conflictLines(Buffer.from(text));
  const [line, what] =
    conflict === undefined
      ? [strayHash(text), 'a hash stands here without its pin']
      : [conflict, 'a merge stopped here, and both versions are in the file'];
  if (line === undefined) return [];
  return [
    new FabricaError('lock-damaged', what, {
      place: { file, line },
      hint: `git checkout HEAD -- ${folder}/${lock} && npx nx run ${basename(folder)}:lock`,
    }),
  ];
}

/** The line of a hash that continues no pin, counted from 1. */
function strayHash(text: string): number | undefined {
  const lines = text.split('\n');
  const index = lines.findIndex(
    (line, at) => /^\s+--hash=/.test(line) && !/\\\s*$/.test(lines[at - 1] ?? ''),
  );
  return index < 0 ? undefined : index + 1;
}

import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MADE_ANEW } from '../shared/made-anew';

/**
 * Moves what git ignores to the project's new folder: it is somebody's all the same. What tools make anew goes.
 *
 * @param moved where a file of the old folder is in the new one
 */
export function moveRest(from: string, to: string, moved: (path: string) => string): void {
  const move = (path: string) => {
    for (const name of readdirSync(join(from, path))) {
      const below = path ? `${path}/${name}` : name;
      const [source, target] = [join(from, below), join(to, moved(below))];
      if (MADE_ANEW.has(name)) rmSync(source, { recursive: true, force: true });
      else if (lstatSync(source).isDirectory()) move(below);
      else if (!existsSync(target)) {
        mkdirSync(dirname(target), { recursive: true });
        renameSync(source, target);
      }
    }
    if (!readdirSync(join(from, path)).length) rmdirSync(join(from, path));
  };
  if (existsSync(from)) move('');
}

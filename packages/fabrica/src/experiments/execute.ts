import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pythonOf } from '../../bin/shared.cjs';
import { listFiles } from '../layout/list-files';
import { FabricaError } from '../support/errors';
import { run } from '../support/processes';
import { nearest } from '../workspace';
import { experimentVariables, jupyterPython, type Place } from './jupyter';

const RUNNABLE = /\.(ipynb|py)$/;

/**
 * Finds a notebook or script of a project, by its path in the project, in the workspace or from where the command was
 * typed.
 *
 * @returns the path relative to the project
 * @throws FabricaError `no-notebook`
 */
export function findNotebook(root: string, folder: string, path: string): string {
  const at = join(root, folder);
  const typedAt = process.env.INIT_CWD ?? process.cwd();
  const files = listFiles(at).filter((file) => RUNNABLE.test(file));
  const found = [join(at, path), join(root, path), join(typedAt, path)].find((file) => existsSync(file));
  const inside = found && relative(at, found).replaceAll('\\', '/');
  if (inside && RUNNABLE.test(inside) && !inside.startsWith('../')) return inside;
  const better = nearest(path, files) ?? files.find((file) => file.endsWith('.ipynb'));
  throw new FabricaError('no-notebook', `${folder} has no notebook or script ${path}`, {
    hint: better && `--execute=${better}`,
  });
}

/**
 * Runs a notebook or a script to its end, in the environment of experiments. What it says goes to our own output; the
 * file stays as it is.
 *
 * @param path relative to the project
 * @returns whether it went well; a cell that fails has told so itself
 */
export async function execute(place: Place, path: string, signal: AbortSignal): Promise<boolean> {
  const { root, folder, project, home } = place;
  const file = join(root, folder, path);
  const isNotebook = path.endsWith('.ipynb');
  const [python, args] = isNotebook
    ? [await jupyterPython(root, signal), ['-I', join(__dirname, 'execute.py'), file, `${folder}/${path}`]]
    : [pythonOf(home), [file]];
  const { code } = await run(python, args, {
    cwd: isNotebook ? dirname(file) : join(root, folder),
    env: { ...experimentVariables(place), PYTHONUNBUFFERED: '1' },
    signal,
    register: { root, kind: 'notebook', project },
    onLine: (line, stream) => void process[stream].write(`${line}\n`),
  });
  return code === 0;
}

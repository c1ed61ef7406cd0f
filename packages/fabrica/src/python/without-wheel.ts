import { join } from 'node:path';
import { run } from '../support/processes';
import { installEnvironment } from './environment';
import { findPython } from './interpreter';
import { readPyproject } from './pyproject';
import { DEV_LOCK, readLock } from './requirements';
import { findUv, type ToolOptions } from './uv';

/** How uv says that a version is there as source alone, or with wheels for others. */
const NO_WHEEL = /([\w.-]+)==\S+ has no (?:usable wheels|wheels with)/;

/**
 * What a lock pins to a version that has no wheel for the Python and the platform here, while another version has one:
 * installing it would mean to compile old code with today's tools. What never had a wheel is not named. An index that
 * doesn't answer says nothing.
 *
 * @param folder relative to the workspace; without a lock, there is nothing to name
 * @returns names of distributions
 */
export async function withoutWheel(
  root: string,
  folder: string,
  options: ToolOptions = {},
): Promise<string[]> {
  const at = join(root, folder);
  const names = new Set(readLock(at, DEV_LOCK)?.map(({ name }) => name));
  if (!names.size) return [];
  const env = await installEnvironment(root, folder, options);
  const python = await findPython({ ...options, requires: readPyproject(at).requiresPython });
  const uv = await findUv(root, options);
  const compile = (wheels: Iterable<string>, file: string, input?: string) =>
    run(
      uv,
      [
        ...['pip', 'compile', '--quiet', '--no-deps', '--python', python.path],
        ...[...wheels].flatMap((name) => ['--only-binary', name]),
        file,
      ],
      { cwd: at, env, signal: options.signal, input },
    );
  const found: string[] = [];
  // uv names one at a time.
  while (names.size) {
    const { code, stderr } = await compile(names, DEV_LOCK);
    const name = code === 0 ? undefined : NO_WHEEL.exec(stderr)?.[1];
    if (name === undefined || !names.delete(name)) break;
    if ((await compile([name], '-', `${name}\n`)).code === 0) found.push(name);
  }
  return found;
}

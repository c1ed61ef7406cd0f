import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTemporaryFolder } from '../support/files';
import { run, type RunResult } from '../support/processes';
import { installEnvironment } from './environment';
import { findPython } from './interpreter';
import { readPyproject } from './pyproject';
import { DEV_LOCK, readLock, type Pin } from './requirements';
import { findUv, type ToolOptions } from './uv';

/** How uv says that a version is there as source alone, or with wheels for others. */
const NO_WHEEL = /([\w.-]+)==(\S+) has no (?:usable wheels|wheels with)/;

/**
 * What a lock pins to a version without a wheel for the Python and the platform here, while a newer one has one: if not
 * all of these can be built, either. What never had a wheel, and what builds, is not named; an index that doesn't answer
 * names nothing.
 *
 * @param folder of a project, relative to the workspace; without a lock, there is nothing to name
 * @returns names of distributions
 */
export async function outdatedPins(
  root: string,
  folder: string,
  options: ToolOptions = {},
): Promise<string[]> {
  const at = join(root, folder);
  const pins = readLock(at, DEV_LOCK) ?? [];
  if (!pins.length) return [];
  const python = await findPython({ ...options, requires: readPyproject(at).requiresPython });
  const [program, env] = [await findUv(root, options), await installEnvironment(root, folder, options)];
  const uv: Uv = (command, args, input) =>
    run(program, ['pip', command, '--quiet', '--no-deps', '--python', python.path, ...args], {
      ...{ cwd: at, env, signal: options.signal, input },
    });
  const found = await superseded(uv, pins);
  return found.length && !(await canBeBuilt(root, uv, found)) ? found.map(({ name }) => name) : [];
}

type Uv = (command: 'compile' | 'install', args: readonly string[], input?: string) => Promise<RunResult>;

/** Pins without a wheel here, of which a newer version has one. uv names one at a time. */
async function superseded(uv: Uv, pins: readonly Pin[]): Promise<Pin[]> {
  const wheels = new Set(pins.map(({ name }) => name));
  const compile = (names: Iterable<string>, file: string, input?: string) =>
    uv('compile', [...[...names].flatMap((name) => ['--only-binary', name]), file], input);
  const found: Pin[] = [];
  while (wheels.size) {
    const { code, stderr } = await compile(wheels, DEV_LOCK);
    const [, name, version] = (code && NO_WHEEL.exec(stderr)) || [];
    if (name === undefined || !wheels.delete(name)) break;
    if ((await compile([name], '-', `${name}>${version}\n`)).code === 0)
      found.push(...pins.filter((pin) => pin.name === name && pin.version === version));
  }
  return found;
}

/** Builds them, as the installation would; uv keeps what it built for that. */
async function canBeBuilt(root: string, uv: Uv, pins: readonly Pin[]): Promise<boolean> {
  return inTemporaryFolder(root, async (draft) => {
    const lines = pins.map(({ name, version, hashes }) =>
      [`${name}==${version}`, ...hashes.map((hash) => `--hash=sha256:${hash}`)].join(' '),
    );
    const file = join(draft, 'pins.txt');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const into = join(draft, 'built');
    return (await uv('install', ['--require-hashes', '--target', into, '--requirements', file])).code === 0;
  });
}

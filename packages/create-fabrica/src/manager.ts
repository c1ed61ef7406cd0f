import { CreateError } from './errors';
import { commandOf, type Options } from './options';
import { run, type RunOptions } from './run';

/** What the workspace is made of, by name: the plugin at our own version, and what it wants beside it. */
export type Packages = Readonly<Record<string, string>>;

const INSTALL = {
  npm: ['install', '--ignore-scripts', '--no-audit', '--no-fund'],
  // In CI pnpm would want a lock that is there already.
  pnpm: ['install', '--ignore-scripts', '--no-frozen-lockfile'],
};

/**
 * What the programs see: the same registry, whichever of them reads it. Nx starts no daemon, which would stay in a
 * folder that may be taken away again.
 */
export function environment({ npmRegistry }: Options): NodeJS.ProcessEnv {
  const registry = npmRegistry ?? process.env.npm_config_registry;
  return {
    ...process.env,
    ...(registry && { npm_config_registry: registry, pnpm_config_registry: registry }),
    NX_DAEMON: 'false',
    NX_INTERACTIVE: 'false',
  };
}

/** @throws CreateError when there is no such package manager */
export async function managerVersion({ manager, said }: Options, where: RunOptions): Promise<string> {
  try {
    const { code, stdout } = await run(manager, ['--version'], where);
    if (code === 0) return stdout.trim().split('\n').at(-1) as string;
  } catch (error) {
    if (!(error instanceof CreateError)) throw error;
  }
  const other = manager === 'npm' ? 'pnpm' : 'npm';
  throw new CreateError(
    `${manager} is not installed, or not on the PATH`,
    [
      ...(manager === 'pnpm' ? ['npm install --global pnpm'] : ['https://nodejs.org/en/download']),
      `npx create-fabrica ${said} --package-manager ${other}`,
    ].join('\n'),
  );
}

/**
 * Asks the registry for the plugin, before anything is written: what it wants beside it stands in its manifest, so
 * that no version of Nx stands here.
 *
 * @throws CreateError when the registry doesn't answer, refuses, or has no such version
 */
export async function findPackages(options: Options, version: string, where: RunOptions): Promise<Packages> {
  const { manager, npmRegistry } = options;
  const args = ['view', `fabrica@${version}`, 'peerDependencies', '--json'];
  const env = { ...where.env, npm_config_fetch_retries: '0', pnpm_config_fetch_retries: '0' };
  const { code, stdout, said } = await run(manager, args, { ...where, env });
  const start = stdout.indexOf('{');
  if (code === 0 && start >= 0)
    return sorted({ ...(JSON.parse(stdout.slice(start)) as Packages), fabrica: version });
  const registry = npmRegistry ? ` --registry=${npmRegistry}` : '';
  throw new CreateError(
    `fabrica ${version} can't be had from ${npmRegistry ?? `the registry that ${manager} is configured for`}\n${said}`,
    [
      `npm ping${registry}      # does it answer?`,
      `npm login${registry}     # does it know you?`,
      `${commandOf(options)}     # then again: nothing was written`,
    ].join('\n'),
  );
}

function sorted(packages: Packages): Packages {
  return Object.fromEntries(Object.entries(packages).sort());
}

/** @throws CreateError with the last words of the package manager */
export async function install({ manager }: Options, where: RunOptions): Promise<void> {
  const { code, said } = await run(manager, INSTALL[manager], where);
  if (code !== 0) throw new CreateError(`${manager} install failed\n${said}`);
}

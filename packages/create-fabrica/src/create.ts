import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CreateError } from './errors';
import { firstFiles } from './files';
import { commitAll, initRepository, isInRepository } from './git';
import { environment, findPackages, install, managerVersion } from './manager';
import { nx, nxOrFail } from './nx';
import { commandOf, type Options } from './options';
import type { RunOptions } from './run';
import { phase } from './terminal';

/** What a new workspace is told of in nx.json; `local` is there always. */
const ENVIRONMENTS = ['staging', 'production'];

/** What came of it, beside the workspace. */
export interface Outcome {
  /** Why there is no commit, in git's words. */
  readonly uncommitted?: string;
}

/**
 * Makes a workspace. All that can be known beforehand is checked before anything is written; whatever fails later, or
 * is cancelled, takes the whole folder with it.
 *
 * @throws CreateError that ends with the command to type again
 */
export async function create(options: Options, version: string, signal: AbortSignal): Promise<Outcome> {
  const wasThere = checkFolder(options);
  const env = environment(options);
  const outside = { cwd: existing(dirname(options.folder)), signal, env };
  const withGit = options.git && !(await isInRepository(outside));
  const manager = await managerVersion(options, outside);
  const packages = await findPackages(options, version, outside);
  const inside = { cwd: options.folder, signal, env };
  try {
    writeFiles(options.folder, firstFiles(options, packages, manager));
    if (withGit) await initRepository(inside);
    await build(options, inside);
    return withGit ? { uncommitted: await commitAll(`Start ${options.name}`, inside) } : {};
  } catch (error) {
    await phase('Take it back', () => remove(options.folder, wasThere, env));
    if (!(error instanceof CreateError) || error.hint) throw error;
    throw new CreateError(error.message, again(options));
  }
}

function again(options: Options): string {
  const { pypiIndex, fillIndex } = options;
  return [
    `${commandOf(options)}     # again: nothing is left of this`,
    ...(pypiIndex && !fillIndex
      ? [`${commandOf({ ...options, fillIndex: true })}     # when the index lacks Fabrica's own packages`]
      : []),
  ].join('\n');
}

async function build(options: Options, where: RunOptions): Promise<void> {
  await phase('Packages', () => install(options, where));
  await phase('Set-up', () => nxOrFail('the workspace could not be set up', initArguments(options), where));
  if (options.fillIndex)
    await phase('Index', () =>
      nxOrFail('the index could not be filled', ['run', 'workspace:registries', 'fill'], where),
    );
  const project = ['g', 'fabrica:project', options.project, `--owner=${options.owner}`, '--no-interactive'];
  await phase('Project', async () => {
    await nxOrFail(`the project ${options.project} could not be made`, project, where);
    return `projects/${options.project}`;
  });
}

function initArguments({ npmRegistry, pypiIndex, imageRegistry }: Options): string[] {
  return [
    ...['g', 'fabrica:init', '--ci', `--environments=${ENVIRONMENTS.join(',')}`, '--no-interactive'],
    ...(npmRegistry ? [`--npmRegistry=${npmRegistry}`] : []),
    ...(pypiIndex ? [`--pypiIndex=${pypiIndex}`] : []),
    ...(imageRegistry ? [`--imageRegistry=${imageRegistry}`] : []),
  ];
}

/** Answers whether the folder is there, which has to be empty then. */
function checkFolder({ folder, said }: Options): boolean {
  if (!existsSync(folder)) return false;
  if (readdirSync(folder).length === 0) return true;
  throw new CreateError(`${said} exists and isn't empty`, `npx create-fabrica ${said}-2`);
}

/** The nearest folder that exists. */
function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(dirname(folder));
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  } catch (error) {
    throw new CreateError(`${folder} can't be written: ${(error as Error).message}`);
  }
}

/** Ends what was started for the workspace, and takes it away; a folder that was there before stays, empty. */
async function remove(folder: string, keep: boolean, env: NodeJS.ProcessEnv): Promise<void> {
  if (existsSync(join(folder, '.fabrica', 'processes')))
    await nx(['run', 'workspace:registries', 'stop'], { cwd: folder, env });
  const gone = keep ? readdirSync(folder).map((name) => join(folder, name)) : [folder];
  for (const path of gone) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

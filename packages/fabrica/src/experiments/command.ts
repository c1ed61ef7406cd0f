import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { colour } from '../support/colour';
import { Cancelled, FabricaError, messageOf, reportError } from '../support/errors';
import { exitCodeOf, interruptible } from '../support/interrupts';
import { interruptibleIn } from '../support/processes';
import { Progress } from '../support/progress';
import { syncExperiments, unmetRequirements } from './environment';
import { execute, findNotebook } from './execute';
import { checkKernel, runJupyterLab, type Place } from './jupyter';
import { conflicts } from './layers';
import { describeConflicts } from './report';

/**
 * `nx run p:notebook`: JupyterLab in the environment of a project's experiments, until Ctrl-C; with `--execute`, a
 * notebook or script that runs to its end.
 *
 * @param folder relative to the workspace
 * @returns the exit code
 */
export async function notebookCommand(
  root: string,
  folder: string,
  args: readonly string[],
): Promise<number> {
  const verbose = args.includes('--verbose');
  try {
    const options = readOptions(folder, args);
    const paths = options.execute.map((path) => findNotebook(root, folder, path));
    const place = await interruptibleIn(root, (signal) => prepare(root, folder, paths, signal));
    return paths.length ? await executeAll(place, paths) : await serve(place, options.port);
  } catch (error) {
    reportError(error, { from: root, verbose });
    return error instanceof Cancelled ? exitCodeOf(error.signal) : 1;
  }
}

interface Options {
  readonly execute: readonly string[];
  readonly port?: number;
}

function readOptions(folder: string, args: readonly string[]): Options {
  const usage = `npx nx run ${basename(folder)}:notebook [--port=8888] [--execute=notebooks/explore.ipynb]`;
  const { execute = [], port } = parse(args, usage);
  if (port === undefined) return { execute };
  if (/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65535)
    return { execute, port: Number(port) };
  throw new FabricaError('bad-option', `--port must be a port, 1 to 65535, got ${port}`, { hint: usage });
}

function parse(args: readonly string[], usage: string) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        execute: { type: 'string', multiple: true },
        port: { type: 'string' },
        verbose: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new FabricaError('bad-option', messageOf(error), { hint: usage });
  }
}

async function prepare(
  root: string,
  folder: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Place> {
  const progress = new Progress();
  const project = basename(folder);
  if (!paths.length || paths.some((path) => path.endsWith('.ipynb'))) checkKernel(root, folder);
  const { home, layers } = await syncExperiments(root, folder, { signal, progress });
  const warning = describeConflicts(root, project, conflicts(root, layers));
  if (warning) progress.say(warning);
  if (layers.length)
    for (const line of await unmetRequirements(root, home, { signal }))
      progress.say(`${colour('yellow', 'warning')}: in experiments of ${project}: ${line}`);
  return { root, folder, project, home };
}

/** The first that fails ends it: what comes after may need what it makes. */
async function executeAll(place: Place, paths: readonly string[]): Promise<number> {
  for (const path of paths) {
    if (!(await interruptible((signal) => execute(place, path, signal)))) return 1;
    new Progress().say(`${colour('green', '✓')} ${path} ran to its end`);
  }
  return 0;
}

/** Ctrl-C is how JupyterLab ends well. */
async function serve(place: Place, port?: number): Promise<number> {
  const ready = (address: string): void =>
    void process.stdout.write(`JupyterLab of ${place.project}: ${address}\n  Ctrl-C ends it\n`);
  try {
    await interruptible((signal) => runJupyterLab(place, { port, signal, ready }));
  } catch (error) {
    if (!(error instanceof Cancelled && error.signal === 'SIGINT')) throw error;
  }
  return 0;
}

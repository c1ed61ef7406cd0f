import type { ExecutorContext } from '@nx/devkit';
import { sessionKind } from '../../develop/cluster/record';
import { packagesNamed, unmetBy } from '../../develop/packages';
import { KIND, type SessionOptions } from '../../develop/session';
import { checkKernel } from '../../experiments/jupyter';
import { colour } from '../../support/colour';
import { FabricaError } from '../../support/errors';
import { noted } from '../../support/processes';
import { readProject } from '../../workspace';
import { runCommand, type Command, type CommonOptions } from '../command';
import { inCluster } from './cluster';
import { inContainer } from './container';
import { inVenv } from './venv';

export interface DevelopExecutorOptions extends CommonOptions {
  /** JupyterLab without a shell. */
  readonly notebook?: boolean;
  /** What to run instead of a shell. */
  readonly command?: string;
  /** Leaves the container running. */
  readonly detach?: boolean;
  /** Shared packages from the working tree. */
  readonly with?: string | readonly string[];
  readonly in?: 'container' | 'venv';
  /** Another container than the one that runs. */
  readonly fresh?: boolean;
  /** The port to prefer for JupyterLab. */
  readonly port?: number;
  /** A cluster to work in, by its name. */
  readonly environment?: string;
  /** For the pod there: {@link Asked}. */
  readonly cpu?: number | string;
  readonly memory?: string;
  readonly gpu?: number;
  readonly hours?: number;
  /** For editors: builds, and starts nothing. */
  readonly prepare?: boolean;
}

/** Opens a project to work on: a container with its environment, JupyterLab, services, and a shell. */
export default function develop(
  options: DevelopExecutorOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    checkOptions(options, command.name);
    const session = sessionOptions(options, command);
    if (options.notebook) checkKernel(command.root, command.folder);
    const place = isAway(options) ? inCluster : options.in === 'venv' ? inVenv : inContainer;
    const work = () => place(options, session, command);
    const kind = isAway(options) ? sessionKind(options.environment as string) : KIND;
    const note = { kind, project: command.name, command: ['nx', 'develop', command.name] };
    await (options.prepare ? work() : noted(command.root, note, work));
  });
}

function sessionOptions(options: DevelopExecutorOptions, command: Command): SessionOptions {
  const { root, folder, signal, progress } = command;
  const project = readProject(root, folder);
  const packages = packagesNamed(
    root,
    [options.with ?? []].flat().flatMap((names) => names.split(',')),
  );
  for (const line of unmetBy(root, folder, packages)) progress.say(`${colour('yellow', 'warning')}: ${line}`);
  const { fresh = false, port } = options;
  return { root, project, signal, progress, packages: packages.map(({ name }) => name), fresh, port };
}

/** Of these there is one at most. */
const WAYS = ['notebook', 'command', 'detach', 'prepare'] as const;

function isAway({ environment }: DevelopExecutorOptions): boolean {
  return environment !== undefined && environment !== 'local';
}

/** These say something of a pod. */
const POD = ['cpu', 'memory', 'gpu', 'hours'] as const;

function checkOptions(options: DevelopExecutorOptions, project: string): void {
  const ways = WAYS.filter((way) => options[way]);
  const ofPod = isAway(options) ? undefined : POD.find((option) => options[option] !== undefined);
  const notThere =
    isAway(options) && (options.prepare ? '--prepare' : options.in === 'venv' ? '--in=venv' : '');
  const only =
    options.in === 'venv' ? (['detach', 'prepare', 'fresh'] as const).find((way) => options[way]) : undefined;
  if (ways.length > 1)
    throw new FabricaError('bad-option', `--${ways.join(' and --')} exclude each other`, {
      hint: `npx nx develop ${project} --${ways[0]}`,
    });
  if (ofPod)
    throw new FabricaError('bad-option', `--${ofPod} is about a pod in a cluster, and none is named`, {
      hint: `npx nx develop ${project} --environment=staging --${ofPod}=${options[ofPod]}`,
    });
  if (notThere)
    throw new FabricaError(
      'bad-option',
      `${notThere} is about this machine, and --environment about another`,
      {
        hint: `npx nx develop ${project} --environment=${options.environment}`,
      },
    );
  if (only)
    throw new FabricaError('bad-option', `--${only} is about a container, and there is none in a venv`, {
      hint: `npx nx develop ${project} --in=venv`,
    });
}

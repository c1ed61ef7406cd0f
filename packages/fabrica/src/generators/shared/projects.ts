import type { Tree } from '@nx/devkit';
import { composeName } from '../../develop/compose';
import { podRecords } from '../../develop/cluster/record';
import { whatRuns } from '../../develop/session';
import { serviceProcess } from '../../executors/service';
import { isRepository, changesIn } from '../../registries/git';
import { FabricaError } from '../../support/errors';
import { listProcesses, type ProcessRecord } from '../../support/processes';
import { didYouMean, HOMES, SETTINGS } from '../../workspace';

/** The folders of the workspace's projects, sorted. */
export function projectsIn(tree: Tree): string[] {
  return tree
    .children(HOMES.project)
    .map((child) => `${HOMES.project}/${child}`)
    .filter((folder) => tree.exists(`${folder}/${SETTINGS}`))
    .sort();
}

/** The name of the project in a folder. */
export function nameOf(folder: string): string {
  return folder.split('/').at(-1) as string;
}

/** A project as a person names it: `bikes`, `projects/bikes`. */
export function asProjectName(given: string): string {
  return given
    .trim()
    .replace(/^\.?\/?projects\//, '')
    .replace(/\/$/, '');
}

/**
 * The folder of a project.
 *
 * @throws FabricaError `no-project`, with the one that may be meant
 */
export function findProject(tree: Tree, name: string): string {
  const folders = projectsIn(tree);
  const found = folders.find((folder) => nameOf(folder) === name);
  if (found) return found;
  const names = folders.map(nameOf);
  throw new FabricaError('no-project', `there is no project "${name}"${didYouMean(name, names)}`, {
    hint: names.length ? `one of ${names.join(', ')}` : 'npx nx g fabrica:project my-project',
  });
}

/**
 * What git has can always be had again.
 *
 * @param what the change that git couldn't take back: `an update`
 * @param force the command that does it all the same, where there is one
 * @throws FabricaError `not-committed`
 */
export async function checkCommitted(
  root: string,
  folder: string,
  what: string,
  force?: string,
): Promise<void> {
  if (!(await isRepository(root)))
    throw new FabricaError('not-committed', `${folder} is not under git, which could take ${what} back`, {
      hint: force,
    });
  if (!(await changesIn(root, folder)).length) return;
  throw new FabricaError('not-committed', `${folder} has changes that are not committed`, {
    hint: `git add ${folder} && git commit -m "Before ${what}"${force ? `\nor ${force}` : ''}`,
  });
}

/** What runs of a project. */
export function runningOf(root: string, name: string): ProcessRecord[] {
  // Notes a service that nobody noted.
  serviceProcess(root, name);
  return listProcesses(root, ({ project }) => project === name);
}

/**
 * @param otherwise another way out than to end it
 * @throws FabricaError `still-running` while something of the project runs
 */
export async function checkStopped(root: string, name: string, otherwise?: string): Promise<void> {
  const container = (await whatRuns(root, name))?.running ? [`the container ${composeName(root, name)}`] : [];
  const pods = podRecords(root, name).map((pod) => `the pod ${pod.name} in ${pod.environment}`);
  const processes = runningOf(root, name).map(({ kind, pid }) => `${kind} (pid ${pid})`);
  const running = [...processes, ...container, ...pods];
  if (!running.length) return;
  throw new FabricaError('still-running', `something of ${name} is running: ${running.join(', ')}`, {
    hint: `npx nx run ${name}:stop${otherwise ? `\nor ${otherwise}` : ''}`,
  });
}

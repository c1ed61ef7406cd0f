import type { CreateDependencies, CreateNodes, PreTasksExecution } from '@nx/devkit';
import { uncached } from './graph/uncached';
import { NODE_FILES } from './workspace/layout';
import type { FabricaOptions } from './workspace';

// Every command of Nx loads this in a process of its own, though its daemon has the graph: what makes the graph is
// loaded when it is first called for.
/* eslint-disable-next-line @typescript-eslint/no-require-imports */
const load = () => require('./graph/infer') as typeof import('./graph/infer');
// Nx reads TypeScript only while it loads the plugin: where this runs from its sources, later is too late.
const loaded = __filename.endsWith('.ts') ? load() : undefined;
const graph = () => loaded ?? load();

/** How Nx names this plugin in its messages. */
export const name = 'fabrica';

/** What Nx sees of a workspace: a node for each project and package, and the root project `workspace`. */
export const createNodes: CreateNodes<FabricaOptions> = [
  NODE_FILES,
  (...args) => graph().inferNodes(...args),
];

/**
 * Tests in a cluster are not for Nx's cache. The daemon would start the plugin anew for this at each command, so with it
 * the command asks for --skip-nx-cache instead (`cluster/tests`).
 */
export const preTasksExecution: PreTasksExecution<FabricaOptions> | undefined =
  process.env.NX_DAEMON_PROCESS === 'true'
    ? undefined
    : (_options, { argv }) => {
        // Nx takes over what a plugin sets here.
        Object.assign(process.env, uncached(argv));
      };

/** Edges between shared packages; a project depends on nothing but this plugin. */
export const createDependencies: CreateDependencies<FabricaOptions> = (...args) =>
  graph().inferDependencies(...args);

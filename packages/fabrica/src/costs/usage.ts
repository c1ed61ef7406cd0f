import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { commandEnvironment, pythonOf } from '../../bin/shared.cjs';
import { storeEnvironment } from '../python/store-environment';
import { FabricaError } from '../support/errors';
import { run } from '../support/processes';
import type { Environment, Project } from '../workspace';
import type { Period } from './period';

const times = { cpuSeconds: z.number(), memoryGiBSeconds: z.number(), gpuSeconds: z.number() };

const used = z.object({
  ...times,
  storageBytes: z.number(),
  peakBytes: z.number(),
  reserved: z.object(times).nullable(),
  /** Where the environment has prices. */
  cost: z.number().optional(),
});

const runUsage = z.object({
  schema: z.literal(1),
  run: z.string(),
  project: z.string(),
  pipeline: z.string(),
  environment: z.string(),
  /** Null while it goes on. */
  outcome: z.string().nullable(),
  started: z.string(),
  usage: used.extend({ steps: z.record(z.string(), used), values: z.record(z.string(), used) }),
});

/** What was used, by a run or by a part of it (fabrica.pipelines: `_usage.py`). */
export type Usage = Readonly<z.output<typeof used>>;

/** What a run used, as `python -m fabrica.pipelines usage` prints it. */
export type RunUsage = Readonly<z.output<typeof runUsage>>;

export interface Asking extends Period {
  readonly root: string;
  /** The cluster's; undefined for this machine. */
  readonly environment: Environment | undefined;
  /** Those whose Python may be asked: it reads the runs of all. */
  readonly projects: readonly Project[];
  /** Only the runs of this project. */
  readonly project?: string;
  readonly signal: AbortSignal;
}

/** A project that can't answer, where another one may: it has an older release, or no driver for the store. */
const ANOTHER = /invalid choice|No module named|library that isn't installed/;

/**
 * Reads what the runs of an environment have used, from its store. One Python reads those of all projects: of the first
 * project here whose packages can.
 *
 * @throws FabricaError `no-usage`
 */
export async function readUsage(asking: Asking): Promise<RunUsage[]> {
  const { root, environment, projects, project } = asking;
  const name = environment?.name ?? 'local';
  if (!environment && !process.env.FABRICA_STORE && !existsSync(join(root, '.fabrica', 'store'))) return [];
  let last = 'no project here is installed';
  const able = projects.filter(({ folder }) => existsSync(pythonOf(join(root, folder))));
  for (const one of [...able].sort((a, b) => Number(b.name === project) - Number(a.name === project))) {
    const { code, stdout, stderr } = await ask(asking, one);
    if (code === 0) return parse(stdout).filter((found) => found.environment === name);
    last = stderr.trim().replace(/^error: /, '');
    if (!ANOTHER.test(last)) break;
  }
  const [first] = able.length ? able : projects;
  throw new FabricaError('no-usage', `what runs in ${name} have used can't be read: ${last}`, {
    hint:
      first && ANOTHER.test(last)
        ? `npx nx run ${first.name}:lock --upgrade=fabrica-pipelines`
        : first && `npx nx run ${first.name}:install`,
  });
}

function ask({ root, environment, since, until, project, signal }: Asking, by: Project) {
  const at = join(root, by.folder);
  const env = environment
    ? storeEnvironment(root, by, environment)
    : commandEnvironment(root, at, { ...process.env, FABRICA_ENVIRONMENT: 'local' });
  const words = [
    ...['--since', since],
    ...(until === undefined ? [] : ['--until', until]),
    ...(project === undefined ? [] : ['--project', project]),
  ];
  return run(pythonOf(at), ['-m', 'fabrica.pipelines', 'usage', ...words], { cwd: at, env, signal });
}

function parse(text: string): RunUsage[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => runUsage.parse(JSON.parse(line)));
}

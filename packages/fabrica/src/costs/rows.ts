import type { RunUsage, Usage } from './usage';

/** By what usage is summed up. */
export const KEYS = ['project', 'pipeline', 'step', 'value', 'day'] as const;
export type Key = (typeof KEYS)[number];

/** What is used by one of those, in an environment. In a cluster the times are what pods reserved, else what was used. */
export interface Row {
  readonly environment: string;
  /** Undefined by day: of all projects. */
  readonly project?: string;
  /** A pipeline, a step, a value, a day; undefined by project. */
  readonly name?: string;
  readonly runs: number;
  readonly cpuSeconds: number;
  readonly memoryGiBSeconds: number;
  readonly gpuSeconds: number;
  /** What its code used of the processors, where it reserved them. */
  readonly usedCpuSeconds: number;
  readonly storageBytes: number;
  /** Null where the environment has no prices. */
  readonly cost: number | null;
}

/** Sums up what runs have used; the dearest first, days in their order. */
export function rowsOf(runs: readonly RunUsage[], by: Key): Row[] {
  const rows = new Map<string, Row>();
  for (const run of runs)
    for (const [name, usage] of partsOf(run, by)) {
      const project = by === 'day' ? undefined : run.project;
      const key = JSON.stringify([run.environment, project, name]);
      const before = rows.get(key);
      const one = rowOf(run.environment, project, name, usage);
      rows.set(key, before ? sum(before, one) : one);
    }
  const byDay = (a: Row, b: Row): number => (a.name ?? '').localeCompare(b.name ?? '');
  const bySize = (a: Row, b: Row): number => (b.cost ?? 0) - (a.cost ?? 0) || b.cpuSeconds - a.cpuSeconds;
  return [...rows.values()].sort(
    (a, b) => a.environment.localeCompare(b.environment) || (by === 'day' ? byDay(a, b) : bySize(a, b)),
  );
}

/** The whole of some rows of an environment; a run has several by step and by value, and is counted for each. */
export function totalOf(runs: readonly RunUsage[], environment: string): Row {
  const all = runs.filter((run) => run.environment === environment);
  const rows = all.map(({ usage }) => rowOf(environment, undefined, undefined, usage));
  return rows.reduce(sum, { ...rowOf(environment, undefined, undefined, NOTHING), runs: 0, cost: null });
}

const NOTHING: Usage = {
  cpuSeconds: 0,
  memoryGiBSeconds: 0,
  gpuSeconds: 0,
  storageBytes: 0,
  peakBytes: 0,
  reserved: null,
};

function partsOf({ usage, pipeline, started }: RunUsage, by: Key): [string | undefined, Usage][] {
  if (by === 'step') return Object.entries(usage.steps);
  if (by === 'value') return Object.entries(usage.values);
  return [[by === 'pipeline' ? pipeline : by === 'day' ? started.slice(0, 10) : undefined, usage]];
}

function rowOf(
  environment: string,
  project: string | undefined,
  name: string | undefined,
  usage: Usage,
): Row {
  const { cpuSeconds, memoryGiBSeconds, gpuSeconds } =
    environment === 'local' ? usage : (usage.reserved ?? NOTHING);
  return {
    environment,
    ...(project === undefined ? {} : { project }),
    ...(name === undefined ? {} : { name }),
    runs: 1,
    ...{ cpuSeconds, memoryGiBSeconds, gpuSeconds },
    usedCpuSeconds: usage.cpuSeconds,
    storageBytes: usage.storageBytes,
    cost: usage.cost ?? null,
  };
}

const SUMS = [
  'runs',
  'cpuSeconds',
  'memoryGiBSeconds',
  'gpuSeconds',
  'usedCpuSeconds',
  'storageBytes',
] as const;

function sum(one: Row, other: Row): Row {
  const sums = Object.fromEntries(SUMS.map((name) => [name, one[name] + other[name]]));
  const cost = one.cost === null && other.cost === null ? null : (one.cost ?? 0) + (other.cost ?? 0);
  return { ...one, ...sums, cost };
}

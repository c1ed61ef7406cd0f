import { join } from 'node:path';
import { z } from 'zod';
import { overrideWords, placesEnvironment } from '../../../bin/pipeline-arguments.cjs';
import { commandEnvironment, pythonOf, runEnvironment } from '../../../bin/shared.cjs';
import { FabricaError } from '../../support/errors';
import { planText } from '../../python/plan';
import { run } from '../../support/processes';
import type { Override } from '../../workspace';
import type { Project } from '../project';
import { planDocument, proposalOf } from './proposal';

/** How the gate ended for one value of one model (PIPELINES: the runner's event `gate-ended`). */
const gateEnded = z.looseObject({
  model: z.string(),
  value: z.string().nullish(),
  version: z.number().int().nullish(),
  outcome: z.string(),
  reason: z.string().nullish(),
  metric: z.string().nullish(),
  candidate: z.record(z.string(), z.number()).nullish(),
  production: z.record(z.string(), z.number()).nullish(),
  serving: z.looseObject({ value: z.string().nullish(), version: z.number().int().nullish() }).nullish(),
});

const runEnded = z.looseObject({
  event: z.literal('run-ended'),
  run: z.string(),
  outcome: z.enum(['succeeded', 'partial', 'failed', 'cancelled']),
  counts: z.record(z.string(), z.number()).default({}),
  seconds: z.number().default(0),
  verdicts: z.array(gateEnded).default([]),
});

export type GateEnded = z.infer<typeof gateEnded>;

/** How a run of a pipeline ended. */
export type RunEnded = z.infer<typeof runEnded> & Pick<Planned, 'pipeline' | 'parameter' | 'proposal'>;

/** A pipeline whose plan is right. */
export interface Planned {
  readonly pipeline: string;
  /** What the pipeline runs for each value of: `borough`. */
  readonly parameter?: string;
  /** A parameter to try next, and a value: `iterations=30`. */
  readonly proposal?: string;
}

/** What is passed on to the runner. */
export interface Passed {
  readonly overrides: readonly Override[];
  /** What a person typed: `--set`, `--settings`. It comes last, so it counts. */
  readonly typed: readonly string[];
}

function wordsOf({ overrides, typed }: Passed): string[] {
  return [...overrideWords(overrides), ...typed];
}

/**
 * Plans a pipeline with what its run will get, which reads its source and runs nothing: mistakes show before anything
 * is started.
 *
 * @throws FabricaError `plan-failed`, with all that is wrong
 */
export async function planPipeline(
  root: string,
  project: Project,
  pipeline: string,
  passed: Passed,
  signal: AbortSignal,
): Promise<Planned> {
  const { overrides, typed } = passed;
  const words = wordsOf(passed);
  const stdout = await planText(root, project, pipeline, overrides, { typed, signal });
  const plan = planDocument.safeParse(JSON.parse(stdout));
  return {
    pipeline,
    parameter: plan.data?.each?.parameter,
    proposal: plan.data && proposalOf(plan.data, words),
  };
}

export interface RunPipelineOptions {
  readonly signal: AbortSignal;
  readonly passed: Passed;
  /** The runs of this deploy that ended before: what they promoted stays, also when this one fails. */
  readonly before: readonly RunEnded[];
  /** The command that deploys again. */
  readonly again: string;
}

/**
 * Runs a pipeline in the project's environment. The runner shows people its progress and the table of verdicts on
 * stderr; its events on stdout say how it ended.
 *
 * @throws FabricaError `run-failed`, `run-refused`
 */
export async function runPipeline(
  root: string,
  project: Project,
  planned: Planned,
  options: RunPipelineOptions,
): Promise<RunEnded> {
  const at = join(root, project.folder);
  const { pipeline } = planned;
  let ended: RunEnded | undefined;
  const { code } = await run(
    pythonOf(at),
    ['-m', 'fabrica.pipelines', 'run', pipeline, ...wordsOf(options.passed), '--json'],
    {
      cwd: at,
      env: {
        ...runEnvironment(commandEnvironment(root, at)),
        ...placesEnvironment(options.passed.overrides),
      },
      signal: options.signal,
      stderr: 'inherit',
      register: { root, kind: 'run', project: project.name },
      onLine: (line) => (ended = endOf(line, planned) ?? ended),
    },
  );
  if (ended && (code === 0 || ended.outcome === 'partial')) return ended;
  throw failed(pipeline, code, ended, options);
}

function endOf(line: string, planned: Planned): RunEnded | undefined {
  if (!line.includes('"run-ended"')) return undefined;
  try {
    const parsed = runEnded.safeParse(JSON.parse(line));
    return parsed.success ? { ...parsed.data, ...planned } : undefined;
  } catch {
    return undefined;
  }
}

function failed(
  pipeline: string,
  code: number,
  ended: RunEnded | undefined,
  { before, again }: RunPipelineOptions,
): FabricaError {
  const rest = whatStays(ended ? [...before, ended] : before);
  const hint = afterMending(again);
  if (code === 2)
    return new FabricaError(
      'run-refused',
      `pipeline ${pipeline} can't run as it is; the reason stands above; ${rest}`,
      { hint },
    );
  return new FabricaError(
    'run-failed',
    `pipeline ${pipeline} ${ended ? `${ended.outcome} (run ${ended.run})` : `ended with exit code ${code}`}; ${rest}`,
    { hint },
  );
}

/** The runner, whose words stand above, names the command that resumes: for a failure that wasn't the code's. */
export function afterMending(again: string): string {
  return `${again}, after mending what is named above: steps that ended well are not run again`;
}

/** A service takes a new champion by itself, without a deploy. */
function whatStays(runs: readonly RunEnded[]): string {
  const promoted = runs.flatMap(({ verdicts }) => verdicts.filter(({ outcome }) => outcome === 'promoted'));
  if (!promoted.length) return 'nothing was deployed, and what served before still serves';
  const names = promoted.map(
    ({ model, value, version, serving }) =>
      `${model}${value ? ` of ${value}` : ''} version ${version ?? serving?.version}`,
  );
  return `no code was deployed, but before that ${listed(names)} became champion, which a running service serves by itself`;
}

function listed(names: readonly string[], most = 5): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ');
}

import { join } from 'node:path';
import { overrideWords, placesEnvironment } from '../../../bin/pipeline-arguments.cjs';
import { commandEnvironment, environmentName, pythonOf, runEnvironment } from '../../../bin/shared.cjs';
import { planText } from '../../python/plan';
import { FabricaError } from '../../support/errors';
import { run } from '../../support/processes';
import { overridesFor, readProject } from '../../workspace';
import { parsePlan } from '../plan';
import { dateParameter } from './dates';
import { inCluster, pipelineNamed, releaseOf, type RunsOptions } from './prepare';
import { ensureAccess, newRun, setsOf, submit, workflowOf } from './submit';
import { watch } from './watch';

/** How the run for a date ended. */
export interface Ended {
  readonly date: string;
  readonly outcome: string;
  readonly run?: string;
}

/** Runs for a date, to the end. */
export type Runner = (date: string) => Promise<Ended>;

/** Runs on this machine, one after the other, shown as each is. */
export async function hereFor(
  { root, folder, words, signal, progress }: RunsOptions,
  dates: readonly string[],
): Promise<Runner> {
  const project = readProject(root, folder);
  const pipeline = pipelineNamed(root, project, words.pipeline);
  const overrides = overridesFor(project.overrides, pipeline, environmentName());
  const plan = parsePlan(await planText(root, project, pipeline, overrides, { typed: words.typed, signal }));
  const parameter = dateParameter(plan, words.parameter);
  // Told before anything runs: that the parameter takes no dates.
  await planText(root, project, pipeline, overrides, {
    typed: ['--set', `${parameter}=${dates[0]}`],
    signal,
  });
  const at = join(root, folder);
  const env = { ...runEnvironment(commandEnvironment(root, at)), ...placesEnvironment(overrides) };
  return async (date) => {
    progress.say(`\n${parameter}=${date}`);
    const typed = [...overrideWords(overrides), ...words.typed, '--set', `${parameter}=${date}`, '--json'];
    let last = '';
    const { code } = await run(pythonOf(at), ['-m', 'fabrica.pipelines', 'run', pipeline, ...typed], {
      ...{ cwd: at, env, signal, stderr: 'inherit', keep: false },
      register: { root, kind: 'run', project: project.name },
      onLine: (line) => (last = line.includes('"run-ended"') ? line : last),
    });
    const { outcome = 'failed', run: id } = JSON.parse(last || '{}') as { outcome?: string; run?: string };
    return { date, outcome: code === 0 ? 'succeeded' : outcome, run: id };
  };
}

/** Runs in a cluster, by one image and one plan. */
export async function thereFor(options: RunsOptions, dates: readonly string[]): Promise<Runner> {
  const { root, words, signal, progress } = options;
  const command = inCluster(options);
  const { environment } = command;
  const release = await releaseOf(command);
  const [plan] = release.plans;
  if (!plan) throw new Error('a release of one pipeline has one plan');
  const parameter = dateParameter(plan, words.parameter);
  const typed = [...words.typed, '--set', `${parameter}=${dates[0]}`];
  await planText(root, command.project, plan.pipeline, [], { typed, signal });
  await ensureAccess(release, signal);
  const sets = setsOf(words.typed);
  return async (date) => {
    const id = newRun();
    const name = await submit(
      environment,
      workflowOf(release, plan, id, { ...sets, [parameter]: date }),
      signal,
    );
    let phase: string | undefined;
    const watching = watch(environment, name, {
      project: command.project,
      signal,
      look: ({ status }) => (phase = status?.phase),
      say: (text) => progress.say(text),
      hint: `npx nx run ${command.project.name}:resume ${plan.pipeline} --environment=${environment.name} --run=${id}`,
    });
    await watching.catch((error: unknown) => {
      // Somebody deleted this one: the others go on.
      if (!(error instanceof FabricaError) || error.code !== 'gone') throw error;
      progress.say(error.message);
      phase = undefined;
    });
    return { date, outcome: phase === 'Succeeded' ? 'succeeded' : 'failed', run: id };
  };
}

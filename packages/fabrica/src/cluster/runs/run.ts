import { budgetLine } from '../../costs/report';
import { spentBy } from '../../costs/watch';
import { FabricaError } from '../../support/errors';
import type { Manifest, Release } from '../release';
import { chooseGoing, pipelineOf, runsOf } from './choose';
import { follow, showStored } from './follow';
import { hasEnded, runOf, shutDown } from './objects';
import { inCluster, pipelineNamed, releaseOf, type RunsCommand, type RunsOptions } from './prepare';
import { continued, ensureAccess, newRun, setsOf, submit, workflowOf } from './submit';

/** `p:run --environment`: starts a run and shows it, or one that goes on; ends one. */
export async function runInCluster(options: RunsOptions): Promise<number> {
  const command = inCluster(options);
  const { words } = command;
  if (words.cancel) return cancel(command);
  if (words.follow) return followGoing(command);
  if (words.run !== undefined)
    throw new FabricaError(
      'bad-option',
      `--run=${words.run} is a run that is there: what is to be done with it?`,
      {
        hint: `--follow, or --cancel; or npx nx run ${command.project.name}:resume --environment=${command.environment.name} --run=${words.run}`,
      },
    );
  const release = await releaseOf(command);
  return start(command, release, newRun());
}

/** `p:resume --environment`: the steps that a run lacks, by its own image and plan where the cluster still knows them. */
export async function resumeInCluster(options: RunsOptions): Promise<number> {
  const command = inCluster(options);
  const { project, environment, words, signal } = command;
  const runs = await runsOf({ ...command, words });
  const last = runs.find((one) => words.run === undefined || runOf(one) === words.run);
  if (!last && words.run === undefined)
    throw new FabricaError('no-run', `the cluster of ${environment.name} knows no run of ${project.name}`, {
      hint: `npx nx run ${project.name}:resume --environment=${environment.name} --run=RUN`,
    });
  if (!last) return start(command, await releaseOf(command), words.run as string);
  const run = runOf(last);
  if (!hasEnded(last))
    throw new FabricaError('goes-on', `run ${run} goes on`, {
      hint: `npx nx run ${project.name}:run ${pipelineOf(last)} --environment=${environment.name} --run=${run} --follow`,
    });
  if (last.status?.phase === 'Succeeded')
    throw new FabricaError('succeeded', `run ${run} succeeded: it lacks nothing`, {
      hint: `npx nx run ${project.name}:run ${pipelineOf(last)} --environment=${environment.name}`,
    });
  return begin(command, continued(last, run), run, pipelineOf(last), signal);
}

async function cancel(command: RunsCommand): Promise<number> {
  const { environment, signal } = command;
  const going = await chooseGoing(command);
  if (hasEnded(going)) throw new FabricaError('ended', `run ${runOf(going)} has ended already`);
  await shutDown(environment, going.metadata.name, 'Stop', signal);
  const CANCELLED = 130;
  const code = await show(command, going.metadata.name, runOf(going), pipelineOf(going));
  return code === CANCELLED ? 0 : code;
}

/** A run that goes on, or has ended; one that the cluster has forgotten is in the store. */
async function followGoing(command: RunsCommand): Promise<number> {
  const { root, project, words } = command;
  const runs = words.run === undefined ? [] : await runsOf(command);
  if (words.run !== undefined && !runs.some((one) => runOf(one) === words.run)) {
    const pipeline = pipelineNamed(root, project, words.pipeline);
    const { json, typed } = words;
    return showStored({ ...command, json, typed, pipeline, run: words.run });
  }
  const going = await chooseGoing(command);
  return show(command, going.metadata.name, runOf(going), pipelineOf(going));
}

async function start(command: RunsCommand, release: Release, run: string): Promise<number> {
  const { signal, words } = command;
  const [plan] = release.plans;
  if (!plan) throw new Error('a release of one pipeline has one plan');
  await ensureAccess(release, signal);
  return begin(command, workflowOf(release, plan, run, setsOf(words.typed)), run, plan.pipeline, signal);
}

async function begin(
  command: RunsCommand,
  manifest: Manifest,
  run: string,
  pipeline: string,
  signal: AbortSignal,
): Promise<number> {
  const { environment, project, words, progress } = command;
  const name = await submit(environment, manifest, signal);
  if (!words.detach) return show(command, name, run, pipeline);
  const of = `npx nx run ${project.name}:run ${pipeline} --environment=${environment.name} --run=${run}`;
  const document = {
    schema: 1,
    project: project.name,
    environment: environment.name,
    pipeline,
    run,
    workflow: name,
  };
  process.stdout.write(words.json ? `${JSON.stringify(document)}\n` : `${run}\n`);
  progress.say(`\nNext:\n  ${of} --follow\n  ${of} --cancel`);
  return 0;
}

async function show(command: RunsCommand, workflow: string, run: string, pipeline: string): Promise<number> {
  const { words, progress } = command;
  const { json, typed } = words;
  progress.say(`workflow ${workflow} in ${command.environment.namespace}`);
  const code = await follow({ ...command, workflow, run, pipeline, json, typed });
  const { spent, error } = await spentBy(command);
  const told = error ?? (spent && budgetLine(spent));
  if (told) progress.say(told);
  return code;
}

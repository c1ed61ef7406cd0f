import { Cancelled, FabricaError } from '../../support/errors';
import { Watcher, type News } from './events';
import { Logs } from './logs';
import { hasEnded, type Workflow } from './objects';
import { Shower, type Shown } from './shower';
import { watch } from './watch';

export interface Following extends Shown {
  /** The name of the workflow. */
  readonly workflow: string;
  readonly signal: AbortSignal;
}

/**
 * Shows a run until it has ended.
 *
 * @returns the exit code of the run, as of one on this machine
 * @throws Cancelled: the run goes on; FabricaError `no-pull`, `follow-failed`, those of kubectl
 */
export async function follow(following: Following): Promise<number> {
  const { environment, workflow, signal } = following;
  const shower = new Shower(following);
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const show = new Showing(following, shower, both);
  void shower.ended.then(() => stop.abort());
  try {
    await watch(environment, workflow, {
      project: following.project,
      signal: both,
      look: (now) => show.look(now, (error) => stop.abort(error)),
      say: (text) => shower.tell({ event: 'said', text }),
      hint: `what its steps made is kept: ${commandOf(following, 'resume')}`,
    });
    await show.all();
  } catch (error) {
    shower.leave();
    if (signal.aborted) throw leaving(following, signal.reason);
    if (!stop.signal.aborted) throw error;
    if (stop.signal.reason instanceof FabricaError) throw stop.signal.reason;
  }
  shower.leave();
  const code = await shower.ended;
  if (show.isOver) return code;
  throw new FabricaError('follow-failed', 'the run goes on, but can not be shown from here', {
    hint: `npx nx run ${following.project.name}:lock --upgrade=fabrica-pipelines, if it says "invalid choice"; else see the credentials of ${environment.store}`,
  });
}

/**
 * Shows a run as the store has it.
 *
 * @returns its exit code
 */
export async function showStored(shown: Shown): Promise<number> {
  const shower = new Shower(shown);
  shower.tell({ event: 'opened', since: '' });
  shower.tell({ event: 'closed', seconds: null, message: 'the cluster has forgotten it' });
  shower.leave();
  return shower.ended;
}

function commandOf({ project, environment, run, pipeline }: Following, verb: 'run' | 'resume'): string {
  return `npx nx run ${project.name}:${verb} ${pipeline} --environment=${environment.name} --run=${run}`;
}

function leaving(following: Following, reason: unknown): Cancelled {
  const { environment, run } = following;
  const again = commandOf(following, 'run');
  return new Cancelled(reason instanceof Cancelled ? reason.signal : 'SIGINT', {
    still: `run ${run} goes on in ${environment.name}`,
    hint: `${again} --follow\n${again} --cancel`,
  });
}

/** Tells the runner what is new, in order: what a step printed before how it ended. */
class Showing {
  isOver = false;
  private readonly watcher = new Watcher();
  private readonly logs: Logs;
  private told: Promise<void> = Promise.resolve();

  constructor(
    following: Following,
    private readonly shower: Shower,
    signal: AbortSignal,
  ) {
    const output = ({ step, chunk }: { step: string; chunk: string | null }, text: string): void =>
      shower.tell({ event: 'output', step, chunk, text });
    const say = (text: string): void => shower.tell({ event: 'said', text });
    this.logs = new Logs(following.environment, output, say, signal);
  }

  look(workflow: Workflow, fail: (error: unknown) => void): void {
    const news = this.watcher.look(workflow);
    this.told = this.told.then(() => this.tell(news, workflow)).catch(fail);
  }

  all(): Promise<void> {
    return this.told;
  }

  private async tell(news: News, workflow: Workflow): Promise<void> {
    const { events, pods, unopened } = news;
    for (const event of events.filter(({ event: name }) => name === 'opened')) this.shower.tell(event);
    for (const pod of pods) this.logs.read(pod);
    for (const event of events) {
      if (event.event === 'opened') continue;
      if (event.event === 'ended' || event.event === 'retried') await this.logs.shown(event);
      if (event.event === 'closed' && unopened) await this.tellUnopened(unopened);
      this.shower.tell(
        event.event === 'closed' ? { ...event, message: event.message ?? 'see above' } : event,
      );
    }
    this.isOver = hasEnded(workflow);
  }

  /** Why a run could not begin: a wrong parameter, a store without credentials. */
  private async tellUnopened(pod: string): Promise<void> {
    for (const text of await this.logs.of(pod).catch(() => [])) this.shower.tell({ event: 'said', text });
  }
}

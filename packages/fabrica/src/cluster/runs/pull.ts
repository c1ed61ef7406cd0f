import { FabricaError } from '../../support/errors';
import type { Environment, Project } from '../../workspace';
import { shutDown, type Node } from './objects';

/** How long an image that can't be pulled may keep a run waiting, unless it is clear that it never can be. */
const PATIENCE = 60_000;
const NEVER = /not found|unauthorized|denied|forbidden|invalid|InvalidImageName|ErrImageNeverPull/i;

const SOON = /^(PodInitializing|ContainerCreating)/;
const PULL = /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull)/;

/** What the cluster says of an image that it can't pull, if there is one. */
export function unpullable(nodes: readonly Node[]): string | undefined {
  return nodes.find(({ phase, message = '' }) => phase === 'Pending' && PULL.test(message))?.message;
}

/** Why a pod does not begin, if it is kept waiting: no node has room for it, a secret is missing. */
export function waitsFor({ phase, message }: Node): string | undefined {
  if (phase !== 'Pending' || !message || SOON.test(message) || PULL.test(message)) return undefined;
  return message;
}

interface Pulling {
  readonly project: Pick<Project, 'name'>;
  readonly environment: Environment;
  /** The name of the workflow. */
  readonly workflow: string;
  readonly signal: AbortSignal;
}

/** Ends a workflow whose image can't be pulled: it would wait for ever. */
export class Patience {
  private since: number | undefined;

  constructor(private readonly pulling: Pulling) {}

  /**
   * @param problem what the cluster says, see {@link unpullable}
   * @throws FabricaError `no-pull`
   */
  async look(problem: string | undefined): Promise<void> {
    if (problem === undefined) return void (this.since = undefined);
    this.since ??= Date.now();
    if (!NEVER.test(problem) && Date.now() - this.since < PATIENCE) return;
    const { environment, workflow, project, signal } = this.pulling;
    await shutDown(environment, workflow, 'Terminate', signal);
    const [, image = 'the image'] = /image "([^"]+)"/.exec(problem) ?? [];
    const reason = problem.slice(problem.lastIndexOf(': ') + 2);
    throw new FabricaError('no-pull', `the cluster can't pull ${image}: ${reason}; the run is ended`, {
      hint: `npx nx run ${project.name}:image --push --registry=${environment.registry}\nwhere it is there: pullSecrets in environments/${environment.name}.yaml`,
    });
  }
}

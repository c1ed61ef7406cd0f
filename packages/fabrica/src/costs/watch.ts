import { messageOf } from '../support/errors';
import type { Environment, Project } from '../workspace';
import { budgetOf, spentIn, type Spent } from './budgets';
import { monthOf } from './period';
import { readUsage } from './usage';

interface Watched {
  readonly root: string;
  readonly project: Project;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** What a project has spent of its budget, if it has one; or why that can't be said, which is no reason to fail. */
export async function spentBy(watched: Watched): Promise<{ spent?: Spent; error?: string }> {
  const { root, project, environment, signal } = watched;
  if (!environment.prices || budgetOf(project, environment.name) === undefined) return {};
  const asked = { since: monthOf(new Date()), until: undefined, project: project.name };
  try {
    const runs = await readUsage({ ...asked, root, environment, projects: [project], signal });
    return { spent: spentIn(environment, [project], runs).find((one) => one.project !== null) };
  } catch (error) {
    signal.throwIfAborted();
    return { error: messageOf(error) };
  }
}

import type { Environment, Project } from '../workspace';
import type { RunUsage } from './usage';

/** What of a budget is spent this month: of a project in an environment, or of a whole environment. */
export interface Spent {
  readonly environment: string;
  /** Null: of all projects there. */
  readonly project: string | null;
  readonly budget: number;
  readonly cost: number;
  readonly currency: string;
  readonly state: 'within' | 'near' | 'over';
}

/** The part of a budget from which on it is told. */
const NEAR = 0.8;

/** What a project may cost in an environment in a month, if that is said. */
export function budgetOf({ settings }: Pick<Project, 'settings'>, environment: string): number | undefined {
  return settings.environments?.[environment]?.budget ?? settings.budget;
}

/**
 * What is spent of the budgets in an environment.
 *
 * @param runs those of this month, also of other environments
 */
export function spentIn(
  environment: Environment,
  projects: readonly Pick<Project, 'name' | 'settings'>[],
  runs: readonly RunUsage[],
): Spent[] {
  const { name, prices, budget } = environment;
  if (!prices) return [];
  const here = runs.filter((run) => run.environment === name);
  const spent = (project: string | null, most: number | undefined): Spent[] => {
    if (most === undefined) return [];
    const cost = here
      .filter((run) => project === null || run.project === project)
      .reduce((sum, { usage }) => sum + (usage.cost ?? 0), 0);
    const state = cost >= most ? 'over' : cost >= most * NEAR ? 'near' : 'within';
    return [{ environment: name, project, budget: most, cost, currency: prices.currency, state }];
  };
  return [
    ...spent(null, budget),
    ...projects.flatMap((project) => spent(project.name, budgetOf(project, name))),
  ];
}

/** What a person is told of a budget; nothing while there is enough left. It stops nothing. */
export function warning({ environment, project, budget, cost, currency, state }: Spent): string | undefined {
  if (state === 'within') return undefined;
  const who = project === null ? `all that runs in ${environment}` : `${project} in ${environment}`;
  const spent = `${who} has cost ${cost.toFixed(2)} ${currency} this month`;
  return state === 'over'
    ? `${spent}: its budget of ${budget} ${currency} is used up`
    : `${spent}: ${Math.floor((100 * cost) / budget)} % of its budget of ${budget} ${currency}`;
}

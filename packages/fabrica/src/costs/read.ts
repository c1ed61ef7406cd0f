import { FabricaError, messageOf } from '../support/errors';
import type { Progress } from '../support/progress';
import {
  didYouMean,
  environmentNames,
  projectFolders,
  readEnvironment,
  readProject,
  type Environment,
  type Project,
} from '../workspace';
import { budgetOf, spentIn, type Spent } from './budgets';
import { isIn, monthOf, type Period } from './period';
import { rowsOf, totalOf, type Key, type Row } from './rows';
import { readUsage, type RunUsage } from './usage';

export interface Wanted {
  readonly period: Period;
  readonly by: Key;
  /** Of all by default, this machine among them. */
  readonly environment: string | undefined;
  /** Of all by default. */
  readonly project: string | undefined;
}

/** What runs have used and cost; `--json` prints it. */
export interface Costs extends Period {
  readonly schema: 1;
  readonly by: Key;
  readonly rows: readonly Row[];
  /** Of each environment. */
  readonly totals: readonly Row[];
  /** Of the environments that have prices. */
  readonly currencies: Readonly<Record<string, string>>;
  /** Of this month, whatever the period is. */
  readonly budgets: readonly Spent[];
  /** Environments whose store could not be read. */
  readonly unread: readonly { readonly environment: string; readonly error: string }[];
}

interface Place {
  readonly root: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * Reads what the runs of a workspace have used, from the stores of its environments. One that can't be read hides
 * nothing of the others, unless it is the one that is asked for.
 *
 * @throws FabricaError `unknown-project`, `unknown-environment`, `no-usage`
 */
export async function readCosts({ root, signal, progress }: Place, wanted: Wanted): Promise<Costs> {
  const { period, by, environment, project } = wanted;
  const projects = projectFolders(root).map((folder) => readProject(root, folder));
  checkProject(projects, project);
  const names = environment === undefined ? ['local', ...environmentNames(root)] : [environment];
  const environments = names.map((name) => (name === 'local' ? undefined : readEnvironment(root, name)));
  const month = monthOf(new Date());
  const runs: RunUsage[] = [];
  const budgets: Spent[] = [];
  const unread: { environment: string; error: string }[] = [];
  await progress.quietly('Reading what runs have used', async (work) => {
    for (const one of environments) {
      const name = one?.name ?? 'local';
      work.detail(name);
      const watched = one?.prices !== undefined && hasBudget(one, projects);
      // A budget is of this month and of all projects: what it needs is read with the rest.
      const asked = watched
        ? { since: period.since < month ? period.since : month, until: undefined }
        : { ...period, project };
      try {
        const found = await readUsage({ ...asked, root, environment: one, projects, signal });
        runs.push(
          ...found.filter((run) => isIn(period, run.started) && (project ?? run.project) === run.project),
        );
        if (watched)
          budgets.push(
            ...spentIn(
              one,
              projects,
              found.filter(({ started }) => started >= month),
            ),
          );
      } catch (error) {
        signal.throwIfAborted();
        if (environment !== undefined) throw error;
        unread.push({ environment: name, error: told(error) });
      }
    }
  });
  const read = names.filter((name) => runs.some((run) => run.environment === name));
  return {
    schema: 1,
    ...period,
    by,
    rows: rowsOf(runs, by),
    totals: read.map((name) => totalOf(runs, name)),
    currencies: Object.fromEntries(
      environments.flatMap((one) => (one?.prices ? [[one.name, one.prices.currency]] : [])),
    ),
    budgets: budgets.filter((spent) => project === undefined || (spent.project ?? project) === project),
    unread,
  };
}

/** With what to do about it. */
function told(error: unknown): string {
  const hint = error instanceof FabricaError && error.hint ? `\n  try ${error.hint}` : '';
  return messageOf(error) + hint;
}

function hasBudget(environment: Environment, projects: readonly Project[]): boolean {
  return (
    environment.budget !== undefined ||
    projects.some((project) => budgetOf(project, environment.name) !== undefined)
  );
}

function checkProject(projects: readonly Project[], name: string | undefined): void {
  const names = projects.map((project) => project.name);
  if (name === undefined || names.includes(name)) return;
  throw new FabricaError('unknown-project', `there is no project "${name}"${didYouMean(name, names)}`, {
    hint: names.length ? `one of ${names.join(', ')}` : 'npx nx g fabrica:project',
  });
}

import type { Analysis } from './analysis';
import { contentsOf, type About, type NewFile } from './contents';
import type { Report } from './report';
import { todosOf } from './todos';

/** All that is to be written, before anything is. */
export interface Plan {
  readonly analysis: Analysis;
  readonly report: Report;
  readonly files: ReadonlyMap<string, NewFile>;
}

/** What is written for a project that was analysed. */
export async function planOf(analysis: Analysis, about: About): Promise<Plan> {
  const report = await reportOf(analysis);
  return { analysis, report, files: contentsOf(analysis, about, report) };
}

async function reportOf(analysis: Analysis): Promise<Report> {
  const { source, name, manifests, moves, dependencies, dropped } = analysis;
  return {
    ...{ source, name, moves, dropped },
    manifests: manifests.map(({ file }) => file),
    changed: dependencies.stated.filter(({ was }) => was !== undefined),
    todos: await todosOf(analysis),
  };
}

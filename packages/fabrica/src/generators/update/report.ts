import { FabricaError } from '../../support/errors';
import { table } from '../../support/table';
import { BESIDE, PYPROJECT } from '../../workspace';
import type { Step } from './merge';
import { nameOf } from '../shared/projects';
import type { Update } from './project';

/** What came of an update: a line for each project, then what a person has to know. */
export function report(updates: readonly Update[]): string {
  const rows = updates.map((update) => [
    nameOf(update.folder),
    update.from === undefined ? '–' : String(update.from),
    String(update.to),
    String(changed(update)),
    String(conflictsOf(update).length),
    resultOf(update),
  ]);
  const notes = updates.flatMap((update) => stepsOf(update, 'kept').map((step) => noteOf(update, step)));
  const all = table(['project', 'from', 'to', 'files', 'conflicts', ''], rows, [1, 2, 3, 4]);
  return [all, ...(notes.length ? ['', ...notes] : [])].join('\n') + '\n';
}

function resultOf(update: Update): string {
  if (update.refused) return `left as it is: ${update.refused.message}`;
  if (update.from === update.to) return `is up to date (template ${update.to})`;
  return conflictsOf(update).length ? 'updated, with conflicts to solve' : 'updated';
}

function changed({ steps }: Update): number {
  const paths = steps.filter(({ content, from }) => content !== undefined || from).map(({ path }) => path);
  return new Set(paths).size;
}

function conflictsOf(update: Update): string[] {
  return stepsOf(update, 'conflict').flatMap((step) =>
    (step.lines?.length ? step.lines : [1]).map((line) => noteOf(update, step, line)),
  );
}

function stepsOf({ steps }: Update, outcome: Step['outcome']): Step[] {
  return steps.filter((step) => step.outcome === outcome);
}

function noteOf({ folder }: Update, { path, note = '' }: Step, line?: number): string {
  return `${folder}/${path}${line === undefined ? '' : `:${line}`}: ${note}`;
}

/** What is left to do by hand, as errors: conflicts first. That a project was made by hand is none. */
export function problems(updates: readonly Update[]): FabricaError[] {
  const left = updates.flatMap(({ refused }) => (refused && refused.code !== 'no-record' ? [refused] : []));
  const places = updates.flatMap(conflictsOf);
  return places.length ? [conflictError(updates, places), ...left] : left;
}

function conflictError(updates: readonly Update[], places: readonly string[]): FabricaError {
  const projects = updates.filter((update) => conflictsOf(update).length);
  const what = `${places.length} ${places.length === 1 ? 'conflict' : 'conflicts'}`;
  return new FabricaError(
    'conflicts',
    [`${what} to solve; the rest is merged`, ...places.map((place) => `  ${place}`)].join('\n'),
    {
      hint: [
        'keep what is right, and take away the lines <<<<<<<, |||||||, ======= and >>>>>>>',
        ...projects.flatMap(whatLiesBeside),
        `then ${restOf(projects)} (the update itself is done)`,
      ].join('\n'),
    },
  );
}

function whatLiesBeside(update: Update): string[] {
  return stepsOf(update, 'conflict')
    .filter(({ path }) => path.endsWith(BESIDE))
    .map(({ path, lines = [] }) => {
      const [draft, file] = [`${update.folder}/${path}`, `${update.folder}/${path.slice(0, -BESIDE.length)}`];
      return lines.length ? `then mv ${draft} ${file}` : `take what you want from ${draft}, then rm ${draft}`;
    });
}

function restOf(projects: readonly Update[]): string {
  const unlocked = projects.filter(({ steps }) => steps.some(({ path }) => path === `${PYPROJECT}${BESIDE}`));
  const locks = unlocked.map(({ folder }) => `npx nx run ${nameOf(folder)}:lock`);
  return [...locks, checksOf(projects.map(({ folder }) => nameOf(folder)))].join(' && ');
}

/** The command that tells whether projects are still well. */
export function checksOf(names: readonly string[]): string {
  return `npx nx run-many -t lint typecheck test -p ${names.join(',')}`;
}

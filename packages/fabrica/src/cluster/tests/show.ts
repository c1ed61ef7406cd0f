import { colour, coloured } from '../../support/colour';
import type { Progress } from '../../support/progress';
import type { Environment, Project } from '../../workspace';
import type { MergedReport } from './merge';
import type { Tests } from './workflow';

/** pytest in a pod sees no terminal: it is told where there is one here. */
export function pytestArguments(args: readonly string[], isColoured = coloured(process.stdout)): string[] {
  const isSaid = args.some((word) => word.startsWith('--color'));
  return isColoured && !isSaid ? ['--color=yes', ...args] : [...args];
}

/** Shows lines of pods as they come; where there are several, each says which. */
export function shower(
  shards: number,
  stream: { write(text: string): unknown },
): (line: string, shard: number) => void {
  if (shards === 1) return (line) => void stream.write(`${line}\n`);
  return (line, shard) => void stream.write(`${colour('dim', `${shard + 1}/${shards}`)} ${line}\n`);
}

interface Told {
  readonly project: Pick<Project, 'name'>;
  readonly environment: Pick<Environment, 'name'>;
  readonly workflow: string;
  /** Of the report, relative to the workspace. */
  readonly file: string;
  readonly tests: Tests;
  readonly json: boolean;
}

/** Tests that are named at the end; the report has all. */
const NAMED = 20;

/** Says how the tests ended: in words, and as one document for programs. */
export function tellReport(report: MergedReport, told: Told, progress: Progress): void {
  const { tests, failures, errors, skipped, seconds, code } = report;
  const { project, environment, workflow, file } = told;
  const { shards } = told.tests;
  if (shards > 1) for (const line of failedLines(report)) progress.say(line);
  progress.say(`${summary(report)}${shards > 1 ? `, in ${shards} pods` : ''}; junit: ${file}`);
  if (failures + errors)
    progress.say(`\nNext:\n  npx nx test ${project.name}   # the same tests on this machine`);
  if (!told.json) return;
  const names = { project: project.name, environment: environment.name, workflow, shards };
  const counts = { tests, failures, errors, skipped, seconds };
  process.stdout.write(`${JSON.stringify({ schema: 1, ...names, ...counts, junit: file, code })}\n`);
}

function failedLines({ failed }: MergedReport): string[] {
  const more = failed.length - NAMED;
  return [
    ...failed.slice(0, NAMED).map(({ of, name, outcome, message }) => {
      const [first = ''] = (message ?? '').split('\n');
      return `${colour('red', outcome === 'error' ? 'ERROR' : 'FAILED')} ${of}::${name}${first && ` - ${first}`}`;
    }),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

/** How many tests ended how: `2 failed, 40 passed, 1 skipped`. */
export function summary({ tests, failures, errors, skipped, failed }: MergedReport): string {
  const passed = tests - skipped - new Set(failed.map(({ of, name }) => `${of} ${name}`)).size;
  const counts: readonly (readonly [number, string])[] = [
    [failures, 'failed'],
    [errors, errors === 1 ? 'error' : 'errors'],
    [passed, 'passed'],
    [skipped, 'skipped'],
  ];
  const said = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  const [mark, shade] = failures + errors ? (['✗', 'red'] as const) : (['✓', 'green'] as const);
  return `${colour(shade, mark)} ${said.join(', ') || 'no tests'}`;
}

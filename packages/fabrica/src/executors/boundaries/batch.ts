import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { stripVTControlCharacters } from 'node:util';
import { checkAll, countsText, passes, remarksText, type Checked, type Outcome } from '../../boundaries';
import { coloured } from '../../support/colour';
import { answerOf, today } from './answer';
import type { BoundariesOptions } from './executor';

interface Result {
  readonly task: string;
  readonly result: {
    readonly success: boolean;
    readonly terminalOutput: string;
    readonly startTime: number;
    readonly endTime: number;
  };
}

/** The boundaries of many projects and packages in one process, which reads what they share once. */
export default async function* boundariesBatch(
  graph: TaskGraph,
  options: Readonly<Record<string, BoundariesOptions>>,
  _overrides: BoundariesOptions,
  context: ExecutorContext,
): AsyncGenerator<Result> {
  const start = performance.now();
  const tasks = new Map(
    Object.entries(graph.tasks).map(([task, { projectRoot = '' }]) => [projectRoot, task]),
  );
  const all: Checked[] = [];
  for await (const outcome of checkAll(context.root, [...tasks.keys()], today())) {
    const task = tasks.get(outcome.folder) as string;
    if ('checked' in outcome.result) all.push(outcome.result.checked);
    yield { task, result: resultOf(outcome, options[task] ?? {}) };
  }
  const [first = {}] = Object.values(options);
  if (!first.json && first.format !== 'github') writeEnd(all, (performance.now() - start) / 1000);
  letWorkerEnd();
}

/**
 * Lets the process that Nx started for this batch end by itself when Nx has sent the results. Else the channel
 * to Nx keeps it until Nx kills it, and for the end of what it kills Nx waits a tenth of a second.
 */
function letWorkerEnd(): void {
  process.channel?.unref();
}

/** Of a task that went well, Nx shows nothing: what every run says is written beside the tasks. */
function writeEnd(all: readonly Checked[], seconds: number): void {
  const lines = [...remarksText(all), ...(all.length > 1 ? [countsText(all, seconds)] : [])];
  if (lines.length) process.stdout.write(forTerminal(`\n${lines.join('\n')}\n`));
}

function forTerminal(text: string): string {
  return coloured(process.stdout) ? text : stripVTControlCharacters(text);
}

function resultOf({ result, seconds }: Outcome, options: BoundariesOptions): Result['result'] {
  const endTime = Date.now();
  const success = 'checked' in result && passes(result.checked);
  const text = 'checked' in result ? textOf(result.checked, seconds, options) : result.error;
  return {
    success,
    terminalOutput: forTerminal(`${text}\n`),
    startTime: endTime - Math.round(seconds * 1000),
    endTime,
  };
}

function textOf(checked: Checked, seconds: number, options: BoundariesOptions): string {
  const { document, text } = answerOf(checked, options, seconds);
  if (options.json) return JSON.stringify(document);
  return options.format === 'github' ? text : `${text}\n${countsText([checked], seconds)}`;
}

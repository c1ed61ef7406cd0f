import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { stripVTControlCharacters } from 'node:util';
import {
  checkFolder,
  countsText,
  passes,
  remarksText,
  readWorld,
  type Checked,
  type Unit,
  type World,
} from '../../boundaries';
import { coloured } from '../../support/colour';
import { FabricaError, formatError } from '../../support/errors';
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
  const world = readWorld(context.root);
  const all: Checked[] = [];
  for (const [task, { projectRoot }] of Object.entries(graph.tasks)) {
    const unit = world.byFolder.get(projectRoot ?? '');
    yield checkTask(context.root, task, unit, world, options[task] ?? {}, all);
  }
  const [first = {}] = Object.values(options);
  if (!first.json && first.format !== 'github') writeEnd(all, (performance.now() - start) / 1000);
}

/** Of a task that went well, Nx shows nothing: what every run says is written beside the tasks. */
function writeEnd(all: readonly Checked[], seconds: number): void {
  const lines = [...remarksText(all), ...(all.length > 1 ? [countsText(all, seconds)] : [])];
  if (lines.length) process.stdout.write(forTerminal(`\n${lines.join('\n')}\n`));
}

function forTerminal(text: string): string {
  return coloured(process.stdout) ? text : stripVTControlCharacters(text);
}

function checkTask(
  root: string,
  task: string,
  unit: Unit | undefined,
  world: World,
  options: BoundariesOptions,
  all: Checked[],
): Result {
  const [startTime, start] = [Date.now(), performance.now()];
  const end = (success: boolean, text: string): Result => ({
    task,
    result: {
      success,
      terminalOutput: `${forTerminal(text)}\n`,
      startTime,
      endTime: Date.now(),
    },
  });
  try {
    if (!unit) throw new FabricaError('no-unit', `${task} is about no project or package`);
    const checked = checkFolder(root, unit, world, today());
    all.push(checked);
    const seconds = (performance.now() - start) / 1000;
    const { document, text } = answerOf(checked, options, seconds);
    const counted = options.format === 'github' ? text : `${text}\n${countsText([checked], seconds)}`;
    return end(passes(checked), options.json ? JSON.stringify(document) : counted);
  } catch (error) {
    return end(false, formatError(error, { from: root }));
  }
}

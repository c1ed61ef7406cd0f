import type { ExecutorContext } from '@nx/devkit';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { coloured } from '../support/colour';
import { Cancelled, FabricaError, reportError } from '../support/errors';
import { exitCodeOf } from '../support/interrupts';
import { interruptibleIn } from '../support/processes';
import { Progress } from '../support/progress';

/** Options that every executor has. */
export interface CommonOptions {
  /** One JSON document, on one line of stdout, and nothing else from us there. */
  readonly json?: boolean;
}

/** What a command works with. */
export interface Command {
  readonly root: string;
  /** The project's folder, relative to the workspace: `projects/bikes`, `.` for the workspace itself. */
  readonly folder: string;
  /** The project's name. */
  readonly name: string;
  readonly at: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Prints the command's answer: the document with `--json`, the text without. */
  answer(document: object, text: string): void;
}

/**
 * Runs an executor's work as every executor runs: Ctrl-C ends what the work has started, an error is told without a
 * stack (`NX_VERBOSE_LOGGING=true`, or `--verbose`, shows it), and Nx hears whether it went well.
 */
export async function runCommand(
  options: CommonOptions,
  context: ExecutorContext,
  work: (command: Command) => Promise<void>,
): Promise<{ success: boolean }> {
  const root = context.root;
  try {
    await interruptibleIn(root, (signal) => work(commandOf(options, context, signal)));
    return { success: true };
  } catch (error) {
    reportError(error, {
      from: root,
      verbose: context.isVerbose || process.env.NX_VERBOSE_LOGGING === 'true',
    });
    if (error instanceof Cancelled) process.exit(exitCodeOf(error.signal));
    return { success: false };
  }
}

function commandOf(options: CommonOptions, context: ExecutorContext, signal: AbortSignal): Command {
  const name = context.projectName;
  const configuration = name === undefined ? undefined : context.projectsConfigurations?.projects[name];
  if (name === undefined || !configuration)
    throw new FabricaError('no-project', 'this command wants a project', { hint: 'npx nx show projects' });
  return {
    root: context.root,
    folder: configuration.root,
    name,
    at: join(context.root, configuration.root),
    signal,
    progress: new Progress(),
    answer: (document, text) => print(options.json ? JSON.stringify(document) : text),
  };
}

function print(text: string): void {
  if (text) process.stdout.write((coloured(process.stdout) ? text : stripVTControlCharacters(text)) + '\n');
}

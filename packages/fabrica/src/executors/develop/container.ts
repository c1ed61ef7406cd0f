import { docker } from '../../images/docker';
import { execute } from '../../develop/execute';
import { checkRuns, whenLabAnswers } from '../../develop/container';
import { keep, leave, open, others, prepare, type Session, type SessionOptions } from '../../develop/session';
import { FabricaError } from '../../support/errors';
import { isInteractive } from '../../support/terminal';
import type { Command } from '../command';
import type { DevelopExecutorOptions } from './executor';
import { answerOf, commandFailed, describeSession } from './report';

/** Works in the project's container, which ends with the last one who leaves it, unless it is to stay. */
export async function inContainer(
  options: DevelopExecutorOptions,
  session: SessionOptions,
  command: Command,
): Promise<void> {
  try {
    if (options.prepare) return await onlyPrepare(session, command);
    const opened = await open(session);
    if (options.detach) return await leaveRunning(opened, session, command);
    if (options.command !== undefined) return await runOne(opened, options.command, session);
    await stay(opened, options.notebook === true, session, command);
  } catch (error) {
    throw error instanceof FabricaError ? withVenv(error, command.name) : error;
  } finally {
    if (!options.prepare) await leave(session);
  }
}

/** Who has no Docker can do without. */
function withVenv(error: FabricaError, project: string): FabricaError {
  if (!['no-docker', 'docker-down', 'no-buildx', 'no-compose'].includes(error.code)) return error;
  const [start] = (error.hint ?? '').split('; without it:');
  return new FabricaError(error.code, error.message, {
    hint: `npx nx develop ${project} --in=venv does without Docker: the same in ${project}'s .venv\n${start}`,
    cause: error,
  });
}

async function onlyPrepare(session: SessionOptions, { answer }: Command): Promise<void> {
  const { files } = await prepare(session);
  answer({ schema: 1, project: session.project.name, files }, '');
}

async function leaveRunning(opened: Session, session: SessionOptions, { answer }: Command): Promise<void> {
  const { root, project, signal } = session;
  await whenLabAnswers(root, project.name, opened.container, signal);
  keep(root, project.name);
  answer(answerOf(opened, session), describeSession(opened, session, 'detached'));
}

async function runOne(opened: Session, text: string, session: SessionOptions): Promise<void> {
  const code = await execute(opened, ['sh', '-c', text], session);
  if (code === 0) return;
  // It may have failed by itself, or because its container or Docker is gone.
  await checkRuns(session.root, session.project.name, opened.container, session.signal);
  throw commandFailed(text, code);
}

/** Until the shell is left; without a terminal, or when JupyterLab is all, until Ctrl-C. */
async function stay(
  opened: Session,
  notebook: boolean,
  session: SessionOptions,
  command: Command,
): Promise<void> {
  const { root, project, signal, progress } = session;
  const shell = !notebook && isInteractive();
  if (!shell) await whenLabAnswers(root, project.name, opened.container, signal);
  command.answer(answerOf(opened, session), describeSession(opened, session, shell ? 'shell' : 'foreground'));
  const code = shell ? await execute(opened, ['bash', '-i'], session) : await follow(opened, signal);
  if (code !== 0) await checkRuns(root, project.name, opened.container, signal);
  if (others(root, project.name).length)
    progress.say(`Others have the container of ${project.name} open: it stays`);
}

/** Shows what JupyterLab has to say, until it ends. */
async function follow({ container }: Session, signal: AbortSignal): Promise<number> {
  const { code } = await docker(['logs', '--follow', '--tail', '0', container.id], {
    signal,
    onLine: (line) => void (/^\[[DI] /.test(line) || process.stderr.write(`${line}\n`)),
  });
  return code;
}

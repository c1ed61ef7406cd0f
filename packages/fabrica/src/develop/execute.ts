import { randomUUID } from 'node:crypto';
import { docker } from '../images/docker';
import { run } from '../support/processes';
import { isInteractive, runOnTerminal } from '../support/terminal';
import { pythonPath } from './compose';
import type { Session, SessionOptions } from './session';

/** By this variable the processes of a session are found in a container. */
const SESSION = 'FABRICA_SESSION';

/** Ends what a session runs in its container: whoever ends the client has not ended that. */
const SIGNAL = `for file in $(grep -ls "${SESSION}=$1" /proc/[0-9]*/environ); do pid=\${file#/proc/}; kill "-$2" "\${pid%/environ}"; done`;

/** How long what runs in a container may take to end, in milliseconds. */
const GRACE = 10_000;

/** Where programs run that are not on this machine, and the client by which one gets in. */
export interface Inside {
  readonly client: string;
  /** The client's arguments for a program, with the variables that it has more. */
  enter(
    command: readonly string[],
    variables: Readonly<Record<string, string>>,
    terminal: boolean,
  ): readonly string[];
  /** Runs something else there. */
  send(command: readonly string[]): Promise<unknown>;
  /** Whether the client says a line itself. */
  readonly isOwn?: (line: string) => boolean;
}

/**
 * Runs a program inside: on the terminal when there is one, else its lines go to our own output.
 *
 * @returns its exit code
 */
export async function executeIn(
  inside: Inside,
  command: readonly string[],
  given: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> {
  const session = randomUUID();
  const variables: Record<string, string> = {
    ...given,
    [SESSION]: session,
    ...(process.env.TERM ? { TERM: process.env.TERM } : {}),
  };
  const terminal = isInteractive();
  const { client, isOwn } = inside;
  const args = inside.enter(command, variables, terminal);
  const env = { ...process.env, ...variables, DOCKER_CLI_HINTS: 'false' };
  const abort = (): void => {
    const { signal: name = 'SIGTERM' } = signal.reason as { signal?: NodeJS.Signals };
    // A shell takes no notice of any other.
    void endSession(inside, session, terminal ? 'SIGHUP' : name).catch(() => undefined);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    // The client ends with what it started; we end that.
    const code = terminal
      ? await runOnTerminal(client, args, { env, signal: new AbortController().signal })
      : (
          await run(client, args, {
            env,
            onLine: (line, stream) => void (isOwn?.(line) || process[stream].write(`${line}\n`)),
          })
        ).code;
    signal.throwIfAborted();
    return code;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function endSession({ send }: Inside, session: string, first: NodeJS.Signals): Promise<void> {
  const end = (name: string) => send(['sh', '-c', SIGNAL, 'sh', session, name]);
  setTimeout(() => void end('KILL').catch(() => undefined), GRACE).unref();
  await end(first.replace('SIG', ''));
}

/**
 * Runs a program in the container of a project, with the variables that the caller has now.
 *
 * @returns its exit code
 */
export function execute(
  { container, passed }: Session,
  command: readonly string[],
  { project, packages, signal }: SessionOptions,
): Promise<number> {
  const inside: Inside = {
    client: 'docker',
    enter: (words, variables, terminal) => [
      'exec',
      ...(terminal ? ['--interactive', '--tty'] : []),
      // By name: everybody can read the arguments of a process.
      ...Object.keys(variables).flatMap((name) => ['--env', name]),
      container.id,
      ...words,
    ],
    send: (words) => docker(['exec', container.id, ...words]),
  };
  const variables = { ...passed.secret, PYTHONPATH: pythonPath(project.folder, packages) };
  return executeIn(inside, command, variables, signal);
}

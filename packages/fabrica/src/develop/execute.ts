import { randomUUID } from 'node:crypto';
import { docker } from '../images/docker';
import { run } from '../support/processes';
import { isInteractive, runOnTerminal } from '../support/terminal';
import { pythonPath } from './compose';
import type { SessionOptions, Session } from './session';

/** By this variable the processes of a session are found in a container. */
const SESSION = 'FABRICA_SESSION';

/** Ends what a session runs in its container: whoever ends Docker's client has not ended that. */
const SIGNAL = `for file in $(grep -ls "${SESSION}=$1" /proc/[0-9]*/environ); do pid=\${file#/proc/}; kill "-$2" "\${pid%/environ}"; done`;

/** How long what runs in a container may take to end, in milliseconds. */
const GRACE = 10_000;

/**
 * Runs a program in the container of a project, with the variables that the caller has now: on the terminal when there
 * is one, else its lines go to our own output.
 *
 * @returns its exit code
 */
export async function execute(
  { container, passed }: Session,
  command: readonly string[],
  { project, packages, signal }: SessionOptions,
): Promise<number> {
  const session = randomUUID();
  const variables: Record<string, string> = {
    ...passed.secret,
    [SESSION]: session,
    PYTHONPATH: pythonPath(project.folder, packages),
    ...(process.env.TERM ? { TERM: process.env.TERM } : {}),
  };
  const terminal = isInteractive();
  const args = [
    'exec',
    ...(terminal ? ['--interactive', '--tty'] : []),
    // By name: everybody can read the arguments of a process.
    ...Object.keys(variables).flatMap((name) => ['--env', name]),
    container.id,
    ...command,
  ];
  const env = { ...process.env, ...variables, DOCKER_CLI_HINTS: 'false' };
  const abort = (): void => {
    const { signal: name = 'SIGTERM' } = signal.reason as { signal?: NodeJS.Signals };
    // A shell takes no notice of any other.
    void endSession(container.id, session, terminal ? 'SIGHUP' : name).catch(() => undefined);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    // The client ends with what it started; we end that.
    const code = terminal
      ? await runOnTerminal('docker', args, { env, signal: new AbortController().signal })
      : (
          await run('docker', args, {
            env,
            onLine: (line, stream) => void process[stream].write(`${line}\n`),
          })
        ).code;
    signal.throwIfAborted();
    return code;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function endSession(id: string, session: string, first: NodeJS.Signals): Promise<void> {
  const send = (name: string) => docker(['exec', id, 'sh', '-c', SIGNAL, 'sh', session, name]);
  setTimeout(() => void send('KILL'), GRACE).unref();
  await send(first.replace('SIG', ''));
}

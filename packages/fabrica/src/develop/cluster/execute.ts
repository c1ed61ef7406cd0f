import { kubectl } from '../../cluster/kubectl';
import { FabricaError } from '../../support/errors';
import { isInteractive } from '../../support/terminal';
import type { Environment } from '../../workspace';
import { placeIn, pythonPath } from '../compose';
import { executeIn, type Inside } from '../execute';
import { CONTAINER } from './pod';

/** A pod that programs run in. */
export interface Where {
  readonly environment: Environment;
  readonly pod: string;
}

/**
 * Runs a program in the pod of a project.
 *
 * @returns its exit code
 * @throws FabricaError `connection-lost` when kubectl ended before the program did
 */
export async function executeInPod(
  { environment, pod }: Where,
  command: readonly string[],
  {
    folder,
    packages,
    signal,
  }: {
    readonly folder: string;
    readonly packages: readonly string[];
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const exec = (...how: string[]): string[] => ['exec', ...how, pod, '--container', CONTAINER, '--'];
  const { context, namespace } = environment;
  let hasEnded = false;
  const inside: Inside = {
    client: 'kubectl',
    enter: (words, variables, terminal) => [
      ...['--context', context, '--namespace', namespace],
      ...exec(...(terminal ? ['--stdin', '--tty'] : [])),
      // None of them is secret: the pod has those itself.
      ...[
        'env',
        `--chdir=${placeIn(folder)}`,
        ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
      ],
      ...words,
    ],
    send: (words) => kubectl(environment, [...exec(), ...words]),
    isOwn: (line) => {
      const isEnd = /^command terminated with exit code \d+$/.test(line);
      hasEnded ||= isEnd;
      // What its libraries log of a connection that is closed.
      return isEnd || /^E\d{4} .*(websocket|portforward|v2)\.go:\d+\]/.test(line);
    },
  };
  const variables = { PYTHONPATH: pythonPath(folder, packages) };
  const code = await executeIn(inside, command, variables, signal);
  if (code === 0 || hasEnded || isInteractive()) return code;
  throw new FabricaError(
    'connection-lost',
    `the connection to the pod ${pod} was lost: what ran there may go on`,
  );
}

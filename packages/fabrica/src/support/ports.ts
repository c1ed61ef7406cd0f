import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** Whether a port of the loopback interface can be taken now. */
export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer();
    server.once('error', () => answer(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => answer(true)));
  });
}

/**
 * Whether a port is free, or is so within half a second: the threads of a server that was killed hold its port for a
 * moment longer than the server itself can be seen.
 */
export async function becomesFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  for (let left = 10; left > 0; left--) {
    if (await isFree(port, host)) return true;
    await wait(50);
  }
  return false;
}

/** A free port: the wished one when it can be had, else one that the system picks. */
export async function freePort(wished?: number, host = '127.0.0.1'): Promise<number> {
  if (wished !== undefined && (await becomesFree(wished, host))) return wished;
  return new Promise((answer, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen({ port: 0, host, exclusive: true }, () => {
      const { port } = server.address() as { port: number };
      server.close(() => answer(port));
    });
  });
}

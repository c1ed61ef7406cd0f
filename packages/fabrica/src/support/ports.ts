import { createServer } from 'node:net';

/** Whether a port of the loopback interface can be taken now. */
export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer();
    server.once('error', () => answer(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => answer(true)));
  });
}

/** A free port: the wished one when it can be had, else one that the system picks. */
export async function freePort(wished?: number, host = '127.0.0.1'): Promise<number> {
  if (wished !== undefined && (await isFree(wished, host))) return wished;
  return new Promise((answer, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen({ port: 0, host, exclusive: true }, () => {
      const { port } = server.address() as { port: number };
      server.close(() => answer(port));
    });
  });
}

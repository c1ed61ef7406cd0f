import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server of this machine that a test shuts for a while: what stands for a server that is away. */
export class Door {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  /** @param behind the port of the server on loopback */
  constructor(
    readonly host: string,
    readonly port: number,
    private readonly behind: number,
  ) {}

  async open(): Promise<this> {
    const server = createServer((client) => {
      const inner = connect(this.behind, '127.0.0.1');
      for (const socket of [client, inner]) {
        this.sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          client.destroy();
          inner.destroy();
          this.sockets.delete(socket);
        });
      }
      client.pipe(inner).pipe(client);
    });
    await new Promise<void>((done, failed) => {
      server.once('error', failed);
      server.listen(this.port, this.host, done);
    });
    server.unref(); // that a test fails before it shuts the door must not keep the tests from ending
    this.server = server;
    return this;
  }

  /** Whoever comes is refused, and who is in is sent away. */
  shut(): void {
    this.server?.close();
    this.sockets.forEach((socket) => socket.destroy());
  }
}

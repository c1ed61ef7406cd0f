import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Cancelled } from './errors';
import { run } from './run';

const where = { cwd: process.cwd() };
const node = (program: string, signal?: AbortSignal) =>
  run(process.execPath, ['-e', program], { ...where, signal });

test('a program answers with its code and its last lines', async () => {
  const answer = await node("console.log('out'); console.error('err'); process.exitCode = 3");
  expect(answer).toMatchObject({ code: 3, stdout: 'out\n' });
  expect(answer.said.split('\n').sort()).toEqual(['  err', '  out']);
});

test('a program that there is not is a mistake to read', async () => {
  await expect(run('no-such-program', [], where)).rejects.toThrow(
    'no-such-program is not installed, or not on the PATH',
  );
});

test('Ctrl-C ends a program with all that it started', async () => {
  const controller = new AbortController();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const child = `require('node:net').connect(${port}, '127.0.0.1')`;
  const parent = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}]); setInterval(() => {}, 1000)`;
  const end = node(parent, controller.signal).catch((error: unknown) => error);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const gone = once(socket.resume(), 'close');
  socket.on('error', () => undefined);
  controller.abort(new Cancelled('SIGINT'));
  expect(await end).toMatchObject({ message: 'cancelled; nothing is left' });
  await gone;
  server.close();
});

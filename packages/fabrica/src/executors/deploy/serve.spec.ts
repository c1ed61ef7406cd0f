import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FabricaError } from '../../support/errors';
import { caughtUp } from './serve';

const serving = [{ model: 'model', value: null, champion: { value: null, version: 1 } }];
const verdict = { model: 'model', outcome: 'promoted', serving: { version: 2 } };

let server: Server;
beforeEach(async () => {
  server = createServer((_request, response) => void response.end(JSON.stringify({ serving })));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(() => new Promise((done) => server.close(done)));

describe('a service that keeps serving an older version', () => {
  it('is named, with a command that can be pasted', async () => {
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const error = await caughtUp('bikes', address, [verdict], new AbortController().signal, 0).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(FabricaError);
    expect(error).toMatchObject({
      code: 'service-behind',
      message: `the service at ${address} does not serve version 2 of model yet`,
      hint: 'npx nx run bikes:logs',
    });
  });
});

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syncEnvironment } from '../../src/python/environment';
import { freePort } from '../../src/support/ports';
import { Door } from './door';
import { HOUSE, printed } from './workspace';

/** A server of this machine, and the folder that is its own. */
export interface Server {
  readonly process: ChildProcess;
  readonly folder: string;
  readonly address: string;
}

/** An image registry without a password, the reference implementation, on loopback. */
export async function startRegistry(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'fabrica-registry-'));
  const address = `localhost:${await freePort()}`;
  mkdirSync(join(folder, 'data'));
  const settings = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: address },
  };
  writeFileSync(join(folder, 'registry.yml'), JSON.stringify(settings));
  const process = spawn('registry', ['serve', join(folder, 'registry.yml')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await printed(process, 'listening on');
  return { process, folder, address };
}

/** A bucket on a server of S3's protocol, with what its clients must know. */
export interface Bucket extends Server {
  /** How clients reach it. */
  readonly door: Door;
  readonly variables: Record<string, string>;
  readonly credentials: Record<string, string>;
}

/**
 * Starts the server that the tests of fabrica-storage use.
 *
 * @param host an address of this machine that pods reach
 */
export async function startBucket(host: string): Promise<Bucket> {
  const storage = join(HOUSE, 'packages', 'storage');
  await syncEnvironment(HOUSE, 'packages/storage');
  const folder = mkdtempSync(join(tmpdir(), 'fabrica-bucket-'));
  const port = await freePort();
  const door = await new Door(host, await freePort(undefined, host), port).open();
  const endpoint = `http://${host}:${door.port}`;
  const server = join(storage, 'tests', 's3_server.py');
  const process = spawn(join(storage, '.venv', 'bin', 'python'), [server, String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await printed(process, 'Running on');
  // It logs each request: what nobody reads would stop it once the pipe is full.
  for (const stream of [process.stdout, process.stderr]) stream?.resume();
  await fetch(`${endpoint}/artifacts`, { method: 'PUT' });
  return {
    process,
    folder,
    door,
    address: 's3://artifacts/science',
    variables: { AWS_ENDPOINT_URL: endpoint, AWS_DEFAULT_REGION: 'us-east-1' },
    credentials: { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  };
}

import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

/** Requests to a service that come in one after the other, without an end. */
export interface Requests {
  /** Resolves when the service answers so. */
  answered(fits: (answer: Prediction) => boolean): Promise<void>;
  /** Stops, and says how it went. */
  end(): Promise<{ readonly answers: number; readonly failures: readonly string[] }>;
}

/** What the service answers. */
export interface Prediction {
  readonly prediction: number;
  readonly models: Readonly<Record<string, { readonly value: string; readonly version: number }>>;
}

interface Told {
  readonly answers: number;
  readonly failures: readonly string[];
  readonly last?: Prediction;
}

const PAUSE = 20;

/** A thread of its own: a client that a test holds up for seconds is no steady stream. */
const PROGRAM = `
const { once } = require('node:events');
const { request } = require('node:http');
const { text: textOf } = require('node:stream/consumers');
const { parentPort, workerData } = require('node:worker_threads');
const told = { answers: 0, failures: [] };
let stopped = false;
parentPort.once('message', () => (stopped = true));
async function ask() {
  const began = new Date().toISOString();
  try {
    // A connection for each: one that is kept may be closed by a replica that ends, which a client has to expect.
    const asked = request(workerData.url, {
      agent: false,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    asked.end(workerData.body);
    const [response] = await once(asked, 'response');
    const text = await textOf(response);
    if (response.statusCode !== 200) throw new Error(response.statusCode + ' ' + text);
    told.last = JSON.parse(text);
    told.answers++;
  } catch (error) {
    told.failures.push([began, new Date().toISOString(), error.message].join(' '));
  }
}
(async () => {
  while (!stopped) {
    await ask();
    parentPort.postMessage(told);
    await new Promise((done) => setTimeout(done, workerData.pause));
  }
  process.exit();
})();
`;

/** Sends requests to the address of a service in the cluster, which every machine of the cluster reaches. */
export function startRequests(host: string, body: object): Requests {
  let told: Told = { answers: 0, failures: [] };
  const workerData = { url: `http://${host}/predict`, pause: PAUSE, body: JSON.stringify(body) };
  const worker = new Worker(PROGRAM, { eval: true, workerData });
  const ended = new Promise((done) => worker.once('exit', done));
  worker.on('message', (more: Told) => (told = more));
  return {
    answered: async (fits) => {
      while (!told.last || !fits(told.last)) await wait(PAUSE);
    },
    end: async () => {
      worker.postMessage('stop');
      await ended;
      return told;
    },
  };
}

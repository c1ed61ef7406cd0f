import { setTimeout as wait } from 'node:timers/promises';

/** Requests to a service that come in one after the other, without an end. */
export interface Requests {
  /** Resolves when the service answers with a prediction from now on. */
  answered(prediction: number): Promise<void>;
  /** Stops, and says how it went. */
  end(): Promise<{ readonly answers: number; readonly failures: readonly string[] }>;
}

const PAUSE = 20;

/** Sends requests to the address of a service in the cluster, which every machine of the cluster reaches. */
export function startRequests(host: string): Requests {
  const stop = new AbortController();
  const failures: string[] = [];
  let answers = 0;
  let last: number | undefined;
  const ask = async (): Promise<void> => {
    try {
      const response = await fetch(`http://${host}/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"distance": 2.5}',
      });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${response.status} ${text}`);
      last = (JSON.parse(text) as { prediction: number }).prediction;
      answers++;
    } catch (error) {
      const { message, cause } = error as Error;
      failures.push(`${new Date().toISOString()} ${message} ${cause instanceof Error ? cause.message : ''}`);
    }
  };
  const going = (async () => {
    while (!stop.signal.aborted) {
      await ask();
      await wait(PAUSE);
    }
  })();
  return {
    answered: async (prediction) => {
      while (last !== prediction) await wait(PAUSE);
    },
    end: async () => {
      stop.abort();
      await going;
      return { answers, failures };
    },
  };
}

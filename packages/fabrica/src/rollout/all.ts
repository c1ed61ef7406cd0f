import { availableParallelism } from 'node:os';
import { rmSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from '../support/files';
import { withLock } from '../support/lock';
import type { Work } from '../support/progress';
import { trialText } from './report';
import type { Change, TrialOptions } from './copy';
import { tryOut, type Trial } from './trial';
import type { User } from './users';

export interface TryAllOptions extends Omit<TrialOptions, 'home'> {
  /** Of whose users it is a trial: names the folder of the copies. */
  readonly package: string;
  /** How many projects are tested at once. */
  readonly jobs?: number;
  readonly work: Work;
}

/** Tests use processes of their own, and several packages may be tried at once. */
const JOBS = Math.max(1, Math.floor(availableParallelism() / 2));

/** Tries a change on projects, some at a time; says of each how it went. Answers come in the order of the projects. */
export async function tryAll(
  users: readonly User[],
  change: Change,
  options: TryAllOptions,
): Promise<Trial[]> {
  const { root, package: name, work, jobs = JOBS } = options;
  const home = `.fabrica/trials/${name}`;
  return withLock(
    root,
    `trials-${name}`,
    async () => {
      rmSync(join(root, home), { recursive: true, force: true });
      mkdirSync(stateFolder(root, 'trials', name), { recursive: true });
      let done = 0;
      return inTurns(users, jobs, async (user) => {
        work.detail(`${user.name} (${done + 1} of ${users.length})`);
        const trial = await tryOut(user, change, { ...options, home });
        done++;
        work.say(trialText(trial));
        return trial;
      });
    },
    options,
  );
}

/** Like `Promise.all`, with a few at a time. When one fails, no other is begun, and all that began have ended. */
async function inTurns<T, R>(items: readonly T[], jobs: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  let next = 0;
  let isOver = false;
  const worker = async (): Promise<void> => {
    while (!isOver && next < items.length) {
      const index = next++;
      answers[index] = await work(items[index] as T).catch((error: unknown) => {
        isOver = true;
        throw error;
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(jobs, items.length) }, worker));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return answers;
}

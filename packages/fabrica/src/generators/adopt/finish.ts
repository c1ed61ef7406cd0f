import { run } from '../../support/processes';
import { Cancelled } from '../../support/errors';
import { sayNext } from '../shared/next';
import { firstLock } from './first-lock';
import type { AdoptOptions } from './options';
import { REPORT } from './report';
import { forgetUnfinished, relaxing, type Unfinished } from './unfinished';

/**
 * Locks a project whose files are there, stages what was written, and says what comes next. When it is interrupted, or
 * can't be locked, it can be called again.
 *
 * @throws FabricaError of the lock; Cancelled with the way on and the way back
 */
export async function finish(
  root: string,
  folder: string,
  unfinished: Unfinished,
  options: AdoptOptions,
  report: (relaxed: boolean) => void,
): Promise<void> {
  const name = folder.split('/').at(-1) as string;
  let relaxed = false;
  const relax = options.relax === undefined ? relaxing(root, folder, unfinished) : undefined;
  try {
    if (!options.skipLock)
      await firstLock(
        root,
        folder,
        relax &&
          ((why) => {
            relax(why);
            relaxed = true;
          }),
      );
    forgetUnfinished(root, folder);
  } catch (error) {
    throw error instanceof Cancelled ? interrupted(error, folder, unfinished, options) : error;
  } finally {
    await stage(root, unfinished.stage);
    report(relaxed);
  }
  sayNext(nextSteps(name, folder, options));
}

/** Notebooks go without their outputs. What can't be staged is seen by whoever commits. */
async function stage(root: string, paths: readonly string[]): Promise<void> {
  if (paths.length) await run('git', ['add', '--', ...paths], { cwd: root });
}

function interrupted(
  { signal }: Cancelled,
  folder: string,
  { back }: Unfinished,
  { path }: AdoptOptions,
): Cancelled {
  return new Cancelled(signal, {
    still: `${folder} is there, and has no lock yet`,
    hint: `npx nx g fabrica:adopt ${path}   # goes on with the lock\n${back}   # takes it back`,
  });
}

/** What comes after a project was taken in. */
export function nextSteps(
  name: string,
  folder: string,
  { skipLock }: Pick<AdoptOptions, 'skipLock'>,
): string[] {
  return [
    ...(skipLock ? [`npx nx run ${name}:lock`] : []),
    `npx nx test ${name}`,
    `git add --all && git commit -m "Take in ${name}"   # then ${folder}/${REPORT}`,
  ];
}

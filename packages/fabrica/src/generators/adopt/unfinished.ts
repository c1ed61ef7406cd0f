import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { keepFirstChoice } from '../../python/first-choice';
import { readDocument, readIfThere, writeAtomically, writeDocument } from '../../support/files';
import { PYPROJECT } from '../../workspace';
import type { Plan } from './plan';
import { REPORT } from './report';
import type { Source } from './source';

const schema = z.object({
  schema: z.literal(1),
  /** pyproject.toml as it was written: what somebody edited since is not written over. */
  written: z.string(),
  /** Files with lower limits for exact pins, for dependencies that can't be installed as they are. */
  looser: z.record(z.string(), z.string()).optional(),
  /** What is to be staged when all is done, relative to the workspace. */
  stage: z.array(z.string()),
  /** The commands that take it back. */
  back: z.string(),
});

/** What taking in a project still needs when its files are there, and its lock isn't. */
export type Unfinished = z.output<typeof schema>;

/** In the project's own state, which no git knows. */
function fileOf(root: string, folder: string): string {
  return join(root, folder, '.fabrica', 'adopt.json');
}

/** Notes what is still to be done, so that the same command goes on where it was interrupted. */
export function noteUnfinished(
  root: string,
  folder: string,
  { plan, looser, ...rest }: Pick<Unfinished, 'stage' | 'back'> & { plan: Plan; looser?: Plan },
): Unfinished {
  const text = (of: Plan, path: string): string => of.files.get(path)?.content.toString() ?? '';
  keepFirstChoice(join(root, folder), plan.analysis.locked);
  const unfinished: Unfinished = {
    schema: 1,
    written: text(plan, PYPROJECT),
    looser: looser && Object.fromEntries([PYPROJECT, REPORT].map((path) => [path, text(looser, path)])),
    ...rest,
  };
  writeDocument(fileOf(root, folder), unfinished);
  return unfinished;
}

/** What is still to be done for a project; undefined when nothing is. */
export function readUnfinished(root: string, folder: string): Unfinished | undefined {
  return readDocument(fileOf(root, folder), schema);
}

export function forgetUnfinished(root: string, folder: string): void {
  rmSync(fileOf(root, folder), { force: true });
}

/** How the dependencies are stated with less; undefined where that can't be, or somebody states them otherwise now. */
export function relaxing(root: string, folder: string, { written, looser }: Unfinished) {
  if (!looser || readIfThere(join(root, folder, PYPROJECT)) !== written) return undefined;
  return (why: string): void => {
    process.stdout.write(`\n${why}: exact pins are lower limits now.\n`);
    for (const [path, text] of Object.entries(looser)) writeAtomically(join(root, folder, path), text);
  };
}

/** The commands that take a project out again before it is committed. */
export function wayBack(folder: string, { inside }: Source, withHistory: boolean): string {
  const first = withHistory ? `git reset --soft HEAD~1 && git restore --staged ${folder} && ` : '';
  const last = inside === undefined ? '' : ` && git restore ${inside}`;
  return `${first}rm -r ${folder}${last} && npx nx sync`;
}

import { renamedIn, type Answers, type Files } from '../project/render';
import type { Templates } from '../project/template';

/** Where files of a project are now, by where an older template put them. */
export type Renames = ReadonlyMap<string, string>;

/** What all templates after one, up to another, renamed: from the first path to the last. */
export function renamesBetween(templates: Templates, from: number, to: number, answers: Answers): Renames {
  const renames = new Map<string, string>();
  for (let version = from + 1; version <= to; version++) {
    for (const [before, now] of renamedIn(templates.read(version), answers)) {
      const first = [...renames].find(([, last]) => last === before)?.[0] ?? before;
      renames.set(first, now);
    }
  }
  return renames;
}

/** Files under the names that they have now. */
export function renameAll(files: Files, renames: Renames): Files {
  return new Map([...files].map(([path, content]) => [renames.get(path) ?? path, content]));
}

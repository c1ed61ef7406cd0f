import { posix } from 'node:path';
import { hasOutputs } from '../../../bin/notebook-outputs.cjs';
import { NOTEBOOK } from './folders';
import type { Incoming } from './incoming';
import type { Moves } from './places';
import { code, type Todo } from './report';

/** Notebooks with outputs, which the workspace's filter keeps out of git: for published pages, that is too much. */
export function outputsTodo(folder: string, { read }: Pick<Incoming, 'read'>, moves: Moves): Todo[] {
  const folders = new Map<string, number>();
  for (const [path, to] of moves) {
    if (!NOTEBOOK.test(to) || !hasOutputs(read(path) ?? '')) continue;
    const at = posix.join(folder, posix.dirname(to));
    folders.set(at, (folders.get(at) ?? 0) + 1);
  }
  if (!folders.size) return [];
  const details = [...folders].map(([at, count]) => `${code(attribute(`${at}/*.ipynb`))} (${count})`);
  return [
    {
      what: `Outputs of notebooks stay out of git; your files keep them. Where they are wanted, as in published pages, write the line of that folder into \`.gitattributes\`, below the toolkit's section, then ${code(`git add --renormalize ${folder}`)}.`,
      details: details.sort(),
    },
  ];
}

/** Git reads a pattern up to its first blank, unless it is quoted. */
function attribute(pattern: string): string {
  return `${/\s/.test(pattern) ? JSON.stringify(pattern) : pattern} !filter`;
}

import type { Tree } from '@nx/devkit';
import { existsSync } from 'node:fs';
import { stateFolder } from '../../support/files';
import { titleOf } from '../shared/text';
import { isText } from '../shared/sources';
import { moved, type Renamed } from './rename';

/** How many places are listed. */
const MOST = 10;

/** What a person should know: where the old name still stands, and what becomes of runs and models. */
export function remarks(tree: Tree, renamed: Renamed): string {
  return [...stillSaid(tree, renamed), ...models(tree, renamed)].map((line) => `${line}\n`).join('');
}

function stillSaid(tree: Tree, renamed: Renamed): string[] {
  const { from, to } = renamed;
  const title = titleOf(to.name);
  const word = new RegExp(`(?<![\\w-])(?:${from.name}|${from.module})(?![\\w-])`);
  const places = renamed.files.flatMap(({ path }) => {
    const file = `${renamed.to.folder}/${moved(path, renamed)}`;
    const content = tree.read(file);
    if (!content || !isText(content)) return [];
    const lines = content.toString('utf8').split('\n');
    return lines.flatMap((line, at) => (word.test(line.replace(title, '')) ? [`  ${file}:${at + 1}`] : []));
  });
  if (!places.length) return [];
  const more = places.length > MOST ? [`  and ${places.length - MOST} more`] : [];
  return [`"${from.name}" still stands here, where it may be a word:`, ...places.slice(0, MOST), ...more];
}

function models(tree: Tree, { from, to }: Renamed): string[] {
  const has = ['models', 'runs'].some((kind) => existsSync(stateFolder(tree.root, 'store', kind, from.name)));
  if (!has) return [];
  return [
    `The store keeps runs and models of ${from.name} under that name; ${to.name} begins without any. Its first model:`,
    `  npx nx run ${to.name}:run`,
    'What the old ones were:',
    `  npx nx run ${to.name}:tracking champions --project ${from.name}`,
  ];
}

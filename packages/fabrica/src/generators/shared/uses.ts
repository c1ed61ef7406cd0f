import type { Tree } from '@nx/devkit';
import { isScalar, isSeq, parseDocument, type Scalar } from 'yaml';
import { SETTINGS } from '../../workspace';

/** The projects that experiments of a project use, as fabrica.yaml names them. */
export function usesOf(tree: Tree, folder: string): string[] {
  return items(tree.read(`${folder}/${SETTINGS}`, 'utf8') ?? '').map(({ value }) => String(value));
}

/** The text of a fabrica.yaml whose experiments use a project by another name; all else stays. */
export function withRenamedUse(text: string, before: string, now: string): string {
  return items(text)
    .filter(({ value, range }) => value === before && range)
    .reverse()
    .reduce((some, { range }) => some.slice(0, range?.[0]) + now + some.slice(range?.[1]), text);
}

/** The text of a fabrica.yaml whose experiments don't use a project; `uses: []` is what is left of the last. */
export function withoutUse(text: string, name: string): string {
  const all = items(text);
  const kept = all.filter(({ value }) => value !== name);
  const document = parseDocument(text);
  const list = document.getIn(['experiments', 'uses'], true);
  if (!isSeq(list) || !list.range || kept.length === all.length) return text;
  const [start, end] = list.range;
  const isFlow = text[start] === '[';
  if (isFlow || !kept.length) {
    const flow = `[${kept.map(({ value }) => String(value)).join(', ')}]`;
    // A list in block style begins on a line of its own.
    const from = isFlow ? start : text.lastIndexOf(':', start) + 1;
    const rest = text.slice(from, end);
    return `${text.slice(0, from)}${isFlow ? '' : ' '}${flow}${text.slice(from + rest.trimEnd().length)}`;
  }
  return text
    .split(/(?<=\n)/)
    .filter((_, line) => !all.some((one) => one.value === name && lineOf(text, one) === line))
    .join('');
}

function lineOf(text: string, { range }: Scalar): number {
  return text.slice(0, range?.[0]).split('\n').length - 1;
}

function items(text: string): Scalar[] {
  const list = parseDocument(text).getIn(['experiments', 'uses'], true);
  return isSeq(list) ? list.items.filter(isScalar) : [];
}

import { isMap, isScalar, isSeq, parseDocument, type Node, type YAMLSeq } from 'yaml';
import { FabricaError } from '../support/errors';
import { parseSettings } from './settings';

/**
 * The text of a fabrica.yaml whose `experiments.uses` names some more projects. Every other character stays as it is.
 *
 * @param file what messages call it
 * @throws FabricaError `cannot-add-uses` where the file is written in a way that can't be added to, with what to write
 * @example
 * withUses('fabrica.yaml', 'owner: me\n', ['rides']); // 'owner: me\nexperiments:\n  uses: [rides]\n'
 */
export function withUses(file: string, text: string, names: readonly string[]): string {
  const present = usesIn(file, text);
  const missing = names.filter((name) => !present.includes(name));
  if (!missing.length) return text;
  const wanted = [...present, ...missing];
  const added = add(text, missing);
  if (says(file, added, wanted)) return added;
  throw new FabricaError('cannot-add-uses', `${file}: experiments.uses can't be added to as it is written`, {
    place: { file },
    hint: `write it by hand: experiments: { uses: [${wanted.join(', ')}] }`,
  });
}

function usesIn(file: string, text: string): readonly string[] {
  return parseSettings(file, text).experiments?.uses ?? [];
}

function says(file: string, text: string, wanted: readonly string[]): boolean {
  try {
    return usesIn(file, text).join() === wanted.join();
  } catch (error) {
    if (error instanceof FabricaError) return false;
    throw error;
  }
}

/** What isn't understood is added to wrongly, or not at all: {@link withUses} looks at what came of it. */
function add(text: string, names: readonly string[]): string {
  const document = parseDocument(text);
  const uses: unknown = document.getIn(['experiments', 'uses'], true);
  if (isSeq(uses)) return uses.items.length ? append(text, uses, names) : replace(text, uses, list(names));
  const experiments: unknown = document.get('experiments', true);
  if (isMap(experiments) || isScalar(experiments)) {
    return experiments.range && experiments.range[0] < experiments.range[1]
      ? replace(text, experiments, `{ uses: ${list(names)} }`)
      : text;
  }
  return `${text}${text && !text.endsWith('\n') ? '\n' : ''}experiments:\n  uses: ${list(names)}\n`;
}

function append(text: string, uses: YAMLSeq, names: readonly string[]): string {
  const [start = 0, end = 0] = (uses.items.at(-1) as Node).range ?? [];
  if (uses.flow) return insert(text, end, names.map((name) => `, ${name}`).join(''));
  const line = text.lastIndexOf('\n', start) + 1;
  const indent = /^ */.exec(text.slice(line))?.[0] ?? '';
  const next = text.indexOf('\n', end);
  return insert(text, next < 0 ? text.length : next, names.map((name) => `\n${indent}- ${name}`).join(''));
}

function list(names: readonly string[]): string {
  return `[${names.join(', ')}]`;
}

function insert(text: string, at: number, more: string): string {
  return text.slice(0, at) + more + text.slice(at);
}

function replace(text: string, { range }: Node, by: string): string {
  const [start, end] = range ?? [0, 0];
  return text.slice(0, start) + by + text.slice(end);
}

import type { Node } from 'yaml';
import { SETTINGS } from '../workspace/layout';
import { refuse, type Finding } from './findings';
import { yaml } from './on-demand';
import { pythonPathRules, type PathContext } from './path-rules';
import { textOf, type SourceFile, type UnitSource } from './source';
import type { World } from './world';

/** `path` of a PYTHONPATH that fabrica.yaml sets, wherever in it. */
export function settingsRules(context: PathContext, file: SourceFile): Finding[] {
  const text = textOf(file);
  if (!text.includes(VARIABLE)) return [];
  const { LineCounter, parseDocument, visit } = yaml();
  const lines = new LineCounter();
  const findings: Finding[] = [];
  visit(parseDocument(text, { lineCounter: lines }), {
    Scalar(_key, { value, range }, ancestors) {
      const path = typeof value === 'string' ? pythonPathIn(value, ancestors.at(-1)) : undefined;
      if (path === undefined || !range) return;
      const spot = { path: file.path, line: lines.linePos(range[0]).line };
      findings.push(...pythonPathRules(context, spot, path));
    },
  });
  return findings;
}

const VARIABLE = 'PYTHONPATH';

/** The value of `PYTHONPATH: value`, and of an item `PYTHONPATH=value`. */
function pythonPathIn(text: string, parent: unknown): string | undefined {
  const { isPair, isScalar } = yaml();
  if (text.startsWith(`${VARIABLE}=`)) return text.slice(VARIABLE.length + 1);
  const isValue = isPair(parent) && isScalar(parent.key) && parent.key.value === VARIABLE;
  return isValue && text !== VARIABLE ? text : undefined;
}

/** A name in `experiments.uses` that is no project. */
export function usesRules(source: UnitSource, { units }: World): Finding[] {
  const { unit, settings } = source;
  return (settings?.uses ?? []).flatMap((name, index) => {
    const other = units.find((one) => one.kind === 'project' && one.name === name);
    if (other && other.folder !== unit.folder) return [];
    const spot = { path: SETTINGS, line: lineOf(source, ['experiments', 'uses'], index) };
    const what = other ? 'a project need not name itself' : `there is no project "${name}"`;
    return [
      refuse(
        'experiment-uses',
        spot,
        `experiments.uses: ${what}`,
        `take it out of ${unit.folder}/${SETTINGS}`,
      ),
    ];
  });
}

/** The line of an item of a list in fabrica.yaml. */
export function lineOf({ settings }: UnitSource, path: readonly string[], index: number): number | undefined {
  const { isSeq, LineCounter, parseDocument } = yaml();
  const lines = new LineCounter();
  const list = parseDocument(settings?.text ?? '', { lineCounter: lines }).getIn(path, true);
  const item = isSeq(list) ? (list.items[index] as Node | undefined) : undefined;
  return item?.range ? lines.linePos(item.range[0]).line : undefined;
}

import { isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import { composeRules, isCompose } from './compose-rules';
import { declaredRules } from './declared-rules';
import { manifestRules, lockRules } from './dependency-rules';
import { dockerfileRules, isDockerfile } from './dockerfile-rules';
import { excuse, type Excuse } from './exceptions';
import { inOrder, refuse, type Finding } from './findings';
import { importRules } from './import-rules';
import { readManifest, type Manifest } from './manifest';
import { eventRules, linkRules, pthRules, type PathContext } from './path-rules';
import { Places } from './places';
import { nameOf, textOf, type SourceFile, type UnitSource } from './source';
import { usesOf } from './uses';
import type { Unit, World } from './world';

/** What was found in one unit. */
export interface Checked {
  readonly unit: Unit;
  readonly findings: readonly Finding[];
  readonly excuses: readonly Excuse[];
  /** What was not looked for, and how to have it looked for. */
  readonly notes: readonly string[];
  /** How many files were read. */
  readonly files: number;
}

/**
 * Checks one unit against all rules: a function of what is given, which reads no disk and no clock.
 *
 * @param today such as 2026-11-21: the day on which exceptions end
 *
 * @example
 * checkUnit(source, world, '2026-11-21').findings;
 * // [{ rule: 'imports-project', path: 'src/rides/train.py', line: 3, … }]
 */
export function checkUnit(source: UnitSource, world: World, today: string): Checked {
  const { unit, settings } = source;
  const places = new Places(source.paths);
  const context: PathContext = { source, places, world };
  const { uses, events, unparsed } = usesOf(source.files);
  const found = [
    ...unparsed,
    ...importRules(source, uses, places, world),
    ...eventRules(context, events),
    ...linkRules(context),
    ...source.files.flatMap((file) => fileRules(context, file)),
    ...usesRules(source, world),
  ];
  const manifest = manifestOf(source);
  if (manifest?.problem)
    found.push(
      refuse('unparsed', { path: PYPROJECT, line: manifest.problem.line }, manifest.problem.message, UNREAD),
    );
  else if (manifest) {
    found.push(...manifestRules(context, PYPROJECT, manifest));
    found.push(...declaredRules(source, uses, places, manifest, world));
  }
  const exceptions = settings?.exceptions ?? [];
  const left = excuse(unit, found, exceptions, today, (index) =>
    lineOf(source, ['boundaries', 'exceptions'], index),
  );
  return {
    unit,
    findings: inOrder(left.findings),
    excuses: left.excuses,
    notes: source.installed
      ? []
      : [`not installed: undeclared imports were not looked for; npx nx run ${unit.name}:install`],
    files: source.files.length,
  };
}

const PYPROJECT = 'pyproject.toml';
const UNREAD = 'repair it: nothing in it was looked at';

/** The rules of a file that isn't Python. */
function fileRules(context: PathContext, file: SourceFile): Finding[] {
  const name = nameOf(file.path);
  if (isLock(name)) return lockRules(context, file);
  if (name.endsWith('.pth')) return pthRules(context, file);
  if (isDockerfile(name)) return dockerfileRules(context, file);
  return isCompose(name) ? composeRules(context, file) : [];
}

/** Whether a file is a lock, or another in pip's format, by its name. */
export function isLock(name: string): boolean {
  return name.startsWith('requirements') && (name.endsWith('.txt') || name.endsWith('.in'));
}

function manifestOf({ files }: UnitSource): Manifest | undefined {
  const file = files.find(({ path }) => path === PYPROJECT);
  return file && readManifest(textOf(file));
}

/** A name in `experiments.uses` that is no project. */
function usesRules(source: UnitSource, { units }: World): Finding[] {
  const { unit, settings } = source;
  return (settings?.uses ?? []).flatMap((name, index) => {
    const other = units.find((one) => one.kind === 'project' && one.name === name);
    if (other && other.folder !== unit.folder) return [];
    const spot = { path: 'fabrica.yaml', line: lineOf(source, ['experiments', 'uses'], index) };
    const what = other ? 'a project need not name itself' : `there is no project "${name}"`;
    return [
      refuse(
        'experiment-uses',
        spot,
        `experiments.uses: ${what}`,
        `take it out of ${unit.folder}/fabrica.yaml`,
      ),
    ];
  });
}

/** The line of an item of a list in fabrica.yaml. */
function lineOf({ settings }: UnitSource, path: readonly string[], index: number): number | undefined {
  const lines = new LineCounter();
  const list = parseDocument(settings?.text ?? '', { lineCounter: lines }).getIn(path, true);
  const item = isSeq(list) ? (list.items[index] as Node | undefined) : undefined;
  return item?.range ? lines.linePos(item.range[0]).line : undefined;
}

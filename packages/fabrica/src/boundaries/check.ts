import { PYPROJECT, SETTINGS } from '../workspace/layout';
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
import { settingsRules, lineOf, usesRules } from './settings-rules';
import { nameOf, textOf, type SourceFile, type UnitSource } from './source';
import { usesOf } from './uses';
import type { Unit, World } from './world';

/** What was found in one unit. */
export interface Checked {
  readonly unit: Unit;
  readonly findings: readonly Finding[];
  readonly excuses: readonly Excuse[];
  /** Whether it has an environment. Without one nobody knows what distributions bring which modules. */
  readonly isInstalled: boolean;
  /** Whether that is an older one than pyproject.toml and the lock say. */
  readonly isBehind: boolean;
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
    isInstalled: source.installed !== undefined,
    isBehind: source.isBehind === true,
    files: source.files.length,
  };
}

const UNREAD = 'repair it: nothing in it was looked at';

/** The rules of a file that isn't Python. */
function fileRules(context: PathContext, file: SourceFile): Finding[] {
  const name = nameOf(file.path);
  if (file.path === SETTINGS) return settingsRules(context, file);
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

import { parse as parseToml } from 'smol-toml';
import { BESIDE, conflictLines, parseSettings, PYPROJECT, SETTINGS } from '../../workspace';
import type { Files } from '../project/render';
import { isText, mergeFile, type Labels, type ThreeWays } from './merge-file';

/** What an update does to one file of a project. */
export interface Step {
  /** Relative to the project. */
  readonly path: string;
  readonly outcome: 'created' | 'updated' | 'merged' | 'removed' | 'moved' | 'conflict' | 'kept';
  /** What is written; null takes the file away, undefined leaves it as it is. */
  readonly content?: Buffer | null;
  /** Where it was, when the template renamed it. */
  readonly from?: string;
  /** What a person has to know, or to decide. */
  readonly note?: string;
  /** Where a conflict begins, counted from 1. */
  readonly lines?: readonly number[];
}

/**
 * What is to be done to bring a project from one rendering of its template to another. It loses nothing that a person
 * wrote: their files stay, their lines are merged or stand in conflict markers, what they deleted stays away.
 *
 * @param ours the project's own file; undefined when there is none
 */
export function planMerge(
  base: Files,
  theirs: Files,
  ours: (path: string) => Buffer | undefined,
  labels: Labels,
): Step[] {
  const paths = [...new Set([...base.keys(), ...theirs.keys()])].sort();
  return paths.flatMap((path) => stepsOf(path, base.get(path), theirs.get(path), ours(path), labels));
}

function stepsOf(
  path: string,
  base: Buffer | undefined,
  theirs: Buffer | undefined,
  ours: Buffer | undefined,
  labels: Labels,
): Step[] {
  if (same(base, theirs) || same(ours, theirs)) return [];
  if (!theirs) return dropped(path, base, ours, labels);
  if (!base) return added(path, theirs, ours, labels);
  if (!ours)
    return [
      {
        path,
        outcome: 'kept',
        note: `${labels.theirs} changed it, and you have taken it away: it stays away`,
      },
    ];
  if (same(base, ours)) return [{ path, outcome: 'updated', content: theirs }];
  if (DATA.test(path))
    return [{ path, outcome: 'kept', note: `${labels.theirs} has other example data: yours stays` }];
  return isText(ours) && isText(theirs) && isText(base)
    ? merged(path, { ours, base, theirs }, labels)
    : [beside(path, theirs, `you and ${labels.theirs} changed it, and it is no text`)];
}

/** A table of which one half is the user's and the other one isn't would be wrong, however well it merges. */
const DATA = /^data\/.*(?<!\.md)$/;

function same(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && one.equals(other));
}

function dropped(path: string, base: Buffer | undefined, ours: Buffer | undefined, labels: Labels): Step[] {
  if (!ours) return [];
  if (same(base, ours)) return [{ path, outcome: 'removed', content: null }];
  return [
    { path, outcome: 'kept', note: `${labels.theirs} has it no more, and you have changed it: it stays` },
  ];
}

function added(path: string, theirs: Buffer, ours: Buffer | undefined, labels: Labels): Step[] {
  if (!ours) return [{ path, outcome: 'created', content: theirs }];
  return [beside(path, theirs, `${labels.theirs} brings this file, and you have one of your own: it stays`)];
}

function merged(path: string, versions: ThreeWays, labels: Labels): Step[] {
  const { content, conflict } = mergeFile(versions, labels, path === PYPROJECT ? ITEM : undefined);
  const readable = READABLE.find(([name]) => name.test(path));
  const broken = readable && !succeeds(() => readable[1](content.toString('utf8')));
  if (!conflict && !broken)
    return content.equals(versions.ours) ? [] : [{ path, outcome: 'merged', content }];
  const note = `you and ${labels.theirs} changed the same lines`;
  if (!readable) return [{ path, outcome: 'conflict', content, note, lines: conflictLines(content) }];
  // Markers in a notebook help nobody.
  return [beside(path, path.endsWith('.ipynb') ? versions.theirs : content, note)];
}

/** A file of the user stays as it is, and what came of it lies beside it. */
function beside(path: string, content: Buffer, note: string): Step {
  return {
    path: `${path}${BESIDE}`,
    outcome: 'conflict',
    content,
    note,
    lines: conflictLines(content),
  };
}

/**
 * Files that must be readable at any time: Nx reads the settings of all projects before it does anything, so markers
 * in those of one project would stop the whole workspace.
 */
const READABLE: readonly (readonly [RegExp, (text: string) => unknown])[] = [
  [new RegExp(`^${SETTINGS}$`), (text) => parseSettings(SETTINGS, text)],
  [new RegExp(`^${PYPROJECT}$`), parseToml],
  [/\.ipynb$/, JSON.parse],
];

function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/**
 * In pyproject.toml, dependencies stand line by line, and each is a matter of its own: one that the user adds is no
 * conflict with a neighbour that the template changes.
 */
const ITEM = /^[ \t]+(["']).*\1[ \t]*,?[ \t]*(?:#.*)?$/gm;

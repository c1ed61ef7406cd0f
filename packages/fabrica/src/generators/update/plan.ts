import type { Tree } from '@nx/devkit';
import { SETTINGS, withRecord, type TemplateRecord } from '../../workspace';
import { withAnyVersion } from '../project/answers';
import { render, type Answers, type Files } from '../project/render';
import type { Templates } from '../project/template';
import { planMerge, type Step } from './merge';
import { renameAll, renamesBetween, type Renames } from './renames';

/** A project that a template made. */
export interface MadeProject {
  readonly tree: Tree;
  /** Relative to the workspace. */
  readonly folder: string;
  readonly answers: Answers;
  readonly record: TemplateRecord;
}

/** What is to be done to a project to bring it to today's template. Nothing is written yet. */
export function planUpdate(project: MadeProject, templates: Templates): Step[] {
  const { answers, record } = project;
  const [old, current] = [templates.read(record.version), templates.read(templates.current)];
  const to = { ...record, version: current.version };
  const renames = openRenames(project, templates);
  const base = renameAll(withSameRecord(render(old, withAnyVersion(answers, old)), to), renames);
  const theirs = withSameRecord(render(current, answers), to);
  const moves = [...renames].filter(([before]) => isFile(project, before));
  const labels = { ours: 'project', base: `template ${old.version}`, theirs: `template ${current.version}` };
  return [
    ...moves.map(([from, path]): Step => ({ path, outcome: 'moved', from })),
    ...planMerge(base, theirs, readerOf(project, moves, to), labels),
  ];
}

/** What the templates renamed, but for places where the project has a file of its own. */
function openRenames({ tree, folder, answers, record }: MadeProject, templates: Templates): Renames {
  const renames = renamesBetween(templates, record.version, templates.current, answers);
  return new Map([...renames].filter(([, now]) => !tree.exists(`${folder}/${now}`)));
}

function isFile({ tree, folder }: MadeProject, path: string): boolean {
  return tree.isFile(`${folder}/${path}`);
}

/** The project's files by the paths that they will have. */
function readerOf(
  project: MadeProject,
  moves: readonly (readonly [string, string])[],
  record: TemplateRecord,
): (path: string) => Buffer | undefined {
  const before = new Map(moves.map(([from, to]) => [to, from]));
  return (path) => {
    const file = before.get(path) ?? path;
    if (!isFile(project, file)) return undefined;
    const content = project.tree.read(`${project.folder}/${file}`) ?? undefined;
    return content && path === SETTINGS ? recorded(content, record) : content;
  };
}

/** The record differs between any two versions: it is no matter of merging. */
function withSameRecord(files: Files, record: TemplateRecord): Files {
  return new Map(
    [...files].map(([path, content]) => [path, path === SETTINGS ? recorded(content, record) : content]),
  );
}

function recorded(content: Buffer, record: TemplateRecord): Buffer {
  return Buffer.from(withRecord(content.toString('utf8'), record));
}

/**
 * Writes what was planned, in an order that a process may be killed at: what moves is written before it is taken away,
 * and the settings, which say that all is done, come last.
 */
export function writeUpdate(
  { tree, folder, record }: MadeProject,
  steps: readonly Step[],
  version: number,
): void {
  const at = (path: string) => `${folder}/${path}`;
  const moves = steps.flatMap(({ path, from }) => (from ? [{ path, from }] : []));
  for (const { path, from } of moves) tree.write(at(path), tree.read(at(from)) as Buffer);
  for (const { path, content } of steps) if (content && path !== SETTINGS) tree.write(at(path), content);
  for (const { from } of moves) tree.delete(at(from));
  for (const { path, content } of steps) if (content === null) tree.delete(at(path));
  const merged = steps.find(({ path }) => path === SETTINGS)?.content;
  tree.write(at(SETTINGS), merged ?? recorded(tree.read(at(SETTINGS)) as Buffer, { ...record, version }));
}

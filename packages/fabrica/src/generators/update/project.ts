import type { Tree } from '@nx/devkit';
import { git, isRepository } from '../../registries/git';
import { FabricaError } from '../../support/errors';
import { findConflicts, SETTINGS, withRecord, type TemplateRecord } from '../../workspace';
import { readOrigin, withAnyVersion, type Origin } from '../project/answers';
import { render, type Files } from '../project/render';
import type { Template, Templates } from '../project/template';
import { planMerge, type Step } from './merge';

/** What an update comes to in one project. */
export interface Update {
  readonly folder: string;
  readonly from?: number;
  readonly to: number;
  /** Empty when the project is up to date, or was left alone. */
  readonly steps: readonly Step[];
  /** Why the project was left alone. */
  readonly refused?: FabricaError;
}

/**
 * Brings a project from the template that made it to today's. All is written to Nx's tree, which reaches the disk at
 * once in the end, the record of the version last: who is interrupted has the project as it was.
 *
 * @param force also when the project has changes that git couldn't take back
 */
export async function updateProject(
  tree: Tree,
  folder: string,
  templates: Templates,
  force: boolean,
): Promise<Update> {
  const to = templates.current;
  let from: number | undefined;
  try {
    const origin = readOrigin(tree, folder);
    from = origin.record?.version;
    const record = recordOf(folder, origin, to);
    if (record.version === to) return { folder, from, to, steps: [] };
    const old = templates.read(record.version);
    checkSolved(tree.root, folder);
    if (!force) await checkCommitted(tree.root, folder);
    const steps = planOf(tree, folder, origin, { old, current: templates.read(to) });
    write(tree, folder, steps, { ...record, version: to });
    return { folder, from, to, steps };
  } catch (error) {
    if (!(error instanceof FabricaError)) throw error;
    return { folder, from, to, steps: [], refused: error };
  }
}

function recordOf(folder: string, { record }: Origin, current: number): TemplateRecord {
  const file = `${folder}/${SETTINGS}`;
  if (!record) {
    throw new FabricaError('no-record', `${file} doesn't say which template the project was made from`, {
      place: { file },
      hint: `a line in ${file}: template: { version: 1, parts: [pipeline] }\nif a template made it; another project needs no update`,
    });
  }
  if (record.version <= current) return record;
  throw new FabricaError(
    'newer-template',
    `${file}: the project has template ${record.version}, and this plugin's newest is ${current}`,
    { place: { file }, hint: 'npx nx migrate fabrica' },
  );
}

/** Markers in a file that is merged again would end up inside each other. */
function checkSolved(root: string, folder: string): void {
  const open = findConflicts(root, folder);
  if (!open.length) return;
  const places = open.map(({ file, line }) => `${file}:${line}`);
  throw new FabricaError(
    'open-conflicts',
    `${folder} has conflicts that wait for you: ${places.join(', ')}`,
    {
      hint: `solve them, commit, then npx nx g fabrica:update ${nameOf(folder)}`,
    },
  );
}

/** What is committed can always be had again. */
async function checkCommitted(root: string, folder: string): Promise<void> {
  const name = nameOf(folder);
  const force = `npx nx g fabrica:update ${name} --force`;
  if (!(await isRepository(root)))
    throw new FabricaError('not-committed', `${folder} is not under git, which could take an update back`, {
      hint: force,
    });
  const changes = await git(root, ['status', '--porcelain', '--untracked-files=all', '--', folder]);
  if (!changes.trim()) return;
  throw new FabricaError('not-committed', `${folder} has changes that are not committed`, {
    hint: `git add ${folder} && git commit -m "Before the update"\nor ${force}`,
  });
}

function planOf(
  tree: Tree,
  folder: string,
  { answers }: Origin,
  { old, current }: { readonly old: Template; readonly current: Template },
): Step[] {
  const record = { version: current.version, parts: [...answers.parts] };
  const base = withSameRecord(render(old, withAnyVersion(answers, old)), record);
  const theirs = withSameRecord(render(current, answers), record);
  const ours = (path: string) => {
    const file = `${folder}/${path}`;
    const content = tree.isFile(file) ? (tree.read(file) ?? undefined) : undefined;
    return content && path === SETTINGS ? recorded(content, record) : content;
  };
  const labels = { ours: 'project', base: `template ${old.version}`, theirs: `template ${current.version}` };
  return planMerge(base, theirs, ours, labels);
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

function write(tree: Tree, folder: string, steps: readonly Step[], record: TemplateRecord): void {
  for (const { path, content } of steps.filter(({ path }) => path !== SETTINGS)) {
    if (content === null) tree.delete(`${folder}/${path}`);
    else if (content) tree.write(`${folder}/${path}`, content);
  }
  const file = `${folder}/${SETTINGS}`;
  const merged = steps.find(({ path }) => path === SETTINGS)?.content;
  tree.write(file, merged ?? recorded(tree.read(file) ?? Buffer.alloc(0), record));
}

/** The name of the project in a folder. */
export function nameOf(folder: string): string {
  return folder.split('/').at(-1) as string;
}

import type { Tree } from '@nx/devkit';
import { FabricaError } from '../../support/errors';
import { findConflicts, SETTINGS, type TemplateRecord } from '../../workspace';
import { readOrigin, type Origin } from '../project/answers';
import type { Templates } from '../project/template';
import { checkCommitted, nameOf } from '../shared/projects';
import type { Step } from './merge';
import { planUpdate, writeUpdate, type MadeProject } from './plan';

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
    checkSolved(tree.root, folder);
    if (!force)
      await checkCommitted(
        tree.root,
        folder,
        'the update',
        `npx nx g fabrica:update ${nameOf(folder)} --force`,
      );
    const project: MadeProject = { tree, folder, answers: origin.answers, record };
    const steps = planUpdate(project, templates);
    writeUpdate(project, steps, to);
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

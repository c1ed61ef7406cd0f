import type { Tree } from '@nx/devkit';
import { readOrigin, withAnyVersion } from '../../generators/project/answers';
import { partsOf } from '../../generators/project/parts';
import { inOrder, render, type Answers, type Files } from '../../generators/project/render';
import { TEMPLATES, type Template } from '../../generators/project/template';
import { HOMES, SETTINGS, withRecord, type TemplateRecord } from '../../workspace';

/** The template that projects were made from before they remembered it. */
const OLDEST = 1;

/** A file comes from the template when it still has this share of the template's lines. */
const LINES = 1 / 2;

/** A project comes from the template when this share of the template's files is still to be recognised. */
const FILES = 1 / 4;

/**
 * Writes down which template made a project, where that was before projects remembered it: `nx g fabrica:update` can
 * then bring it up to date. A project that looks like one that was made by hand stays as it is.
 *
 * @returns what Nx tells the person in the end
 */
export default function recordTemplates(tree: Tree): string[] {
  return recordTemplate(tree, TEMPLATES.read(OLDEST));
}

/** {@link recordTemplates} with a template of one's choice. */
export function recordTemplate(tree: Tree, template: Template): string[] {
  const folders = tree
    .children(HOMES.project)
    .map((name) => `${HOMES.project}/${name}`)
    .filter((folder) => tree.exists(`${folder}/${SETTINGS}`));
  const said = folders.flatMap((folder) => recordIn(tree, folder, template));
  return said.length ? [...said, 'npx nx g fabrica:update --all --dry-run shows what is new'] : [];
}

function recordIn(tree: Tree, folder: string, template: Template): string[] {
  const { answers, record } = readOrigin(tree, folder);
  if (record) return [];
  const file = `${folder}/${SETTINGS}`;
  const found = recognise(tree, folder, template, withAnyVersion(answers, template));
  if (!found) {
    const line = `template: { version: ${template.version}, parts: [] }`;
    return [`${folder} looks made by hand, and stays as it is. If the template made it: ${line} in ${file}`];
  }
  tree.write(file, withRecord(tree.read(file, 'utf8') ?? '', found));
  return [`${file} says now that template ${found.version} made the project`];
}

/** What made a project, told from what is left of it; a part that was rewritten whole isn't the template's. */
function recognise(
  tree: Tree,
  folder: string,
  template: Template,
  answers: Answers,
): TemplateRecord | undefined {
  const present = inOrder(partsOf(tree, folder, answers.name));
  const filled = { ...answers, parts: present };
  const parts = present.filter((part) => known(tree, folder, render(template, filled, [part])) > 0);
  const files = render(template, { ...answers, parts });
  const share = known(tree, folder, files) / files.size;
  return share >= FILES ? { version: template.version, parts } : undefined;
}

/** How many of the files are still to be recognised. */
function known(tree: Tree, folder: string, files: Files): number {
  return [...files].filter(([path, content]) => {
    const file = `${folder}/${path}`;
    const ours = tree.isFile(file) ? tree.read(file) : null;
    return ours !== null && sharedLines(content, ours) >= LINES;
  }).length;
}

function sharedLines(template: Buffer, ours: Buffer): number {
  const own = new Set(linesOf(ours));
  const lines = linesOf(template);
  return lines.length ? lines.filter((line) => own.has(line)).length / lines.length : 0;
}

function linesOf(content: Buffer): string[] {
  return content
    .toString('latin1')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

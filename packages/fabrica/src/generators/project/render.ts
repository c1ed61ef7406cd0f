import { render as renderText } from 'ejs';
import { stringify } from 'yaml';
import { moduleOf, PARTS, SCHEMA_FILE, SETTINGS, withRecord, type Part } from '../../workspace';
import { docstring, titleOf } from '../shared/text';
import { distributionOf } from '../shared/toml';
import { pinned } from '../shared/versions';
import { requirementsOf } from './parts';
import type { Template } from './template';

/** What a template is filled with. The same answers give the same files, byte by byte. */
export interface Answers {
  readonly name: string;
  readonly owner: string;
  readonly description?: string;
  readonly parts: readonly Part[];
  /** The version of each shared package. */
  readonly versions: ReadonlyMap<string, string>;
}

/** Files by their path in the project. */
export type Files = ReadonlyMap<string, Buffer>;

/** The files that a template makes of the answers; `which` are the folders of the template, all by default. */
export function render(
  template: Template,
  answers: Answers,
  which: readonly ('base' | Part)[] = ['base', ...answers.parts],
): Files {
  const values = variables(template, answers);
  const wanted = [...template.files].filter(([path]) => which.some((part) => path.startsWith(`${part}/`)));
  return new Map(
    wanted.map(([path, content]) => {
      const target = targetOf(path, values.module);
      return [target, withOwnRecord(target, fill(path, content, values), template, answers)];
    }),
  );
}

/** Paths in a project by what a template before called them. */
export function renamedIn(template: Template, { name }: Answers): ReadonlyMap<string, string> {
  const target = (path: string) => targetOf(path, moduleOf(name));
  return new Map(Object.entries(template.renamed).map(([before, now]) => [target(before), target(now)]));
}

/** `base/src/__module__/data.py.template` → `src/bikes/data.py` */
function targetOf(path: string, module: string): string {
  return path
    .replace(/^\w+\//, '')
    .replace(/\.template$/, '')
    .replaceAll('__module__', module)
    .replaceAll('__dot__', '.');
}

function fill(path: string, content: Buffer, values: object): Buffer {
  return path.endsWith('.template') ? Buffer.from(renderText(content.toString('utf8'), values)) : content;
}

function withOwnRecord(target: string, content: Buffer, template: Template, { parts }: Answers): Buffer {
  if (target !== SETTINGS) return content;
  return Buffer.from(
    withRecord(content.toString('utf8'), { version: template.version, parts: inOrder(parts) }),
  );
}

/** Parts in the order in which they are always written. */
export function inOrder(parts: readonly Part[]): Part[] {
  return PARTS.filter((part) => parts.includes(part));
}

/** Older templates use these names, too: one may come, none may go or mean something else. */
function variables(template: Template, answers: Answers) {
  const { name, owner, parts, versions } = answers;
  const title = titleOf(name);
  const { shared, others } = requirementsOf(template, ['base', ...parts]);
  return {
    name,
    owner,
    title,
    module: moduleOf(name),
    description: answers.description ?? `${title}.`,
    schema: `../../node_modules/fabrica/${SCHEMA_FILE}`,
    yaml: (text: string) => stringify(text, { lineWidth: 0 }).trimEnd(),
    docstring,
    requirements: [...shared.map((one) => pinned(one, versions)), ...others],
    shared: shared.map(distributionOf),
    ...Object.fromEntries(PARTS.map((part) => [part, parts.includes(part)])),
  };
}

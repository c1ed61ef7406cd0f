import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FabricaError } from '../../support/errors';
import type { Part } from '../../workspace';
import { REQUIREMENTS } from './parts';

/**
 * The version of the template in files/, which projects remember. Whoever changes the template raises it, and freezes
 * the new version: `UPDATE_TEMPLATE=1 npx jest template` in packages/fabrica.
 */
export const TEMPLATE_VERSION = 2;

/** What a part of the template asks of pyproject.toml: shared packages, which are pinned, and others. */
export interface Requirements {
  readonly shared: readonly string[];
  readonly others: readonly string[];
}

/** Files that this version has at another path than the one before: `{ 'base/old.py': 'base/new.py' }`. */
const RENAMED: Template['renamed'] = {};

/** One version of what projects are made from. */
export interface Template {
  readonly version: number;
  readonly requirements: Readonly<Partial<Record<'base' | Part, Requirements>>>;
  /** The texts by their path in files/: `base/src/__module__/data.py.template`. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Paths in files/ by what they were in the version before: an edited file moves, with its edits. */
  readonly renamed: Readonly<Record<string, string>>;
}

/** All versions of the template that there are. Tests have their own. */
export interface Templates {
  readonly current: number;
  /** @throws FabricaError `unknown-template` */
  read(version: number): Template;
}

const FILES = join(__dirname, 'files');
const FROZEN = join(__dirname, 'templates');

/** The versions that the plugin carries: today's in files/, and those before it, frozen. */
export const TEMPLATES: Templates = {
  current: TEMPLATE_VERSION,
  read: (version) => (version === TEMPLATE_VERSION ? todaysTemplate() : frozenTemplate(version)),
};

/** The template as files/ has it. */
export function todaysTemplate(): Template {
  return {
    version: TEMPLATE_VERSION,
    requirements: REQUIREMENTS,
    renamed: RENAMED,
    files: new Map(filesIn(FILES)),
  };
}

/** Where a version is kept once there is a newer one. */
export function frozenFile(version: number): string {
  return join(FROZEN, `${version}.json`);
}

function frozenTemplate(version: number): Template {
  const file = frozenFile(version);
  if (existsSync(file)) return thaw(readFileSync(file, 'utf8'));
  const newer = version > TEMPLATE_VERSION;
  throw new FabricaError(
    'unknown-template',
    `there is no template ${version}: this plugin has 1 to ${TEMPLATE_VERSION}`,
    {
      hint: newer
        ? 'npx nx migrate fabrica: the project was made by a newer plugin'
        : `write a version from 1 to ${TEMPLATE_VERSION} into fabrica.yaml`,
    },
  );
}

/** A template as it is kept: JSON, one file for each version. */
export function freeze({ version, requirements, renamed, files }: Template): string {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = Object.fromEntries(sorted.map(([path, content]) => [path, frozenContent(content)]));
  return `${JSON.stringify({ version, requirements, renamed, files: texts }, null, 2)}\n`;
}

type FrozenContent = string | { readonly base64: string };

/** What {@link freeze} wrote. */
export function thaw(text: string): Template {
  const { files, ...rest } = JSON.parse(text) as Omit<Template, 'files'> & {
    files: Record<string, FrozenContent>;
  };
  const contents = Object.entries(files).map(
    ([path, content]) =>
      [
        path,
        typeof content === 'string' ? Buffer.from(content) : Buffer.from(content.base64, 'base64'),
      ] as const,
  );
  return { ...rest, files: new Map(contents) };
}

function frozenContent(content: Buffer): FrozenContent {
  const text = content.toString('utf8');
  return Buffer.from(text).equals(content) ? text : { base64: content.toString('base64') };
}

function filesIn(folder: string, path = ''): [string, Buffer][] {
  return readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry): [string, Buffer][] => {
    const name = path ? `${path}/${entry.name}` : entry.name;
    return entry.isDirectory() ? filesIn(folder, name) : [[name, readFileSync(join(folder, name))]];
  });
}

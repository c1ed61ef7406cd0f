import { parse } from 'smol-toml';
import { messageOf } from '../support/errors';
import { normalise, parseRequirement } from '../python/requirements';

/** Who may import what a requirement brings: all of the unit; who asks for an extra of it; its tests and experiments. */
export type Scope = 'production' | 'extra' | 'development';

/** One requirement of a pyproject.toml. */
export interface Stated {
  readonly text: string;
  /** Normalised; empty where the text is no requirement but, say, a bare path. */
  readonly name: string;
  readonly extras: readonly string[];
  /** What stands after `@`. */
  readonly url?: string;
  readonly scope: Scope;
  readonly line?: number;
}

/** Where `[tool.uv.sources]` takes a distribution from. */
export interface StatedSource {
  readonly name: string;
  readonly path?: string;
  readonly git?: string;
  readonly subdirectory?: string;
  readonly line?: number;
}

/** A text below `[tool]`. */
export interface ToolSetting {
  readonly key: string;
  readonly value: string;
  readonly line?: number;
}

/** What boundaries read of a pyproject.toml: every group, and all that may hold a path. */
export interface Manifest {
  readonly requirements: readonly Stated[];
  readonly sources: readonly StatedSource[];
  readonly settings: readonly ToolSetting[];
  readonly problem?: { readonly message: string; readonly line?: number };
}

type Table = Record<string, unknown>;

/** Reads a pyproject.toml; what is wrong in it is a problem of the result. */
export function readManifest(text: string): Manifest {
  try {
    return toManifest(parse(text) as Table, new Lines(text));
  } catch (error) {
    const [message = ''] = messageOf(error).split('\n');
    const { line } = error as { line?: number };
    return { requirements: [], sources: [], settings: [], problem: { message, line } };
  }
}

function toManifest(document: Table, lines: Lines): Manifest {
  const project = table(document.project);
  const tool = table(document.tool);
  const uv = table(tool.uv);
  const extras = Object.values(table(project['optional-dependencies'])).flatMap(strings);
  const groups = Object.values(table(document['dependency-groups'])).flatMap(strings);
  const development = [...groups, ...strings(uv['dev-dependencies'])];
  return {
    requirements: [
      ...strings(project.dependencies).map((text) => stated(text, 'production', lines)),
      ...extras.map((text) => stated(text, 'extra', lines)),
      ...development.map((text) => stated(text, 'development', lines)),
    ],
    sources: Object.entries(table(uv.sources)).flatMap(([name, source]) => sourcesOf(name, source, lines)),
    settings: settingsIn({ ...tool, uv: { ...uv, sources: undefined } }, 'tool', lines),
  };
}

function stated(text: string, scope: Scope, lines: Lines): Stated {
  const { name = '', extras = [], url } = parseRequirement(text) ?? {};
  return { text, name, extras, url, scope, line: lines.ofString(text) };
}

function sourcesOf(name: string, source: unknown, lines: Lines): StatedSource[] {
  // One for each platform, or one for all.
  const all = Array.isArray(source) ? source : [source];
  return all.map((one) => {
    const { path, git, subdirectory } = table(one);
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    return {
      name: normalise(name),
      path: text(path),
      git: text(git),
      subdirectory: text(subdirectory),
      line: lines.ofKey(name, 'sources'),
    };
  });
}

/** All texts below a table that may be paths, with their keys. */
function settingsIn(value: unknown, key: string, lines: Lines): ToolSetting[] {
  if (typeof value === 'string')
    return value.includes('/') ? [{ key, value, line: lines.ofString(value) }] : [];
  if (Array.isArray(value)) return value.flatMap((one) => settingsIn(one, key, lines));
  return Object.entries(table(value)).flatMap(([name, one]) => settingsIn(one, `${key}.${name}`, lines));
}

function table(value: unknown): Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : {};
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** The parser tells no lines, but a text stands in the file as it is, quoted. */
class Lines {
  private readonly lines: readonly string[];

  constructor(text: string) {
    this.lines = text.split('\n');
  }

  ofString(value: string): number | undefined {
    return this.find((line) => line.includes(JSON.stringify(value)) || line.includes(`'${value}'`));
  }

  /** The line of a key in the table whose name ends in `within`, or of the table that has the key in its own name. */
  ofKey(key: string, within: string): number | undefined {
    let inTable = false;
    return this.find((line) => {
      const header = /^\s*\[\[?\s*([^\]]+?)\s*\]/.exec(line)?.[1];
      if (header !== undefined) inTable = header.endsWith(within);
      if (header?.endsWith(`${within}.${key}`) || header?.endsWith(`${within}."${key}"`)) return true;
      return inTable && line.replace(/["']/g, '').split('=')[0]?.split('.')[0]?.trim() === key;
    });
  }

  private find(matches: (line: string) => boolean): number | undefined {
    const index = this.lines.findIndex(matches);
    return index < 0 ? undefined : index + 1;
  }
}

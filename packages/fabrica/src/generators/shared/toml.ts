import { parse } from 'smol-toml';
import { normalise, parseRequirement } from '../../python/requirements';
import { replaceText, says, tableOf } from '../../python/toml';
import { FabricaError } from '../../support/errors';

interface Document {
  project?: { name?: unknown; dependencies?: string[] };
  tool?: { uv?: { sources?: Record<string, unknown> } };
}

/** `[project] name` of a pyproject.toml; undefined when it isn't there or can't be read. */
export function tomlName(text: string): string | undefined {
  try {
    const { project } = parse(text) as Document;
    return typeof project?.name === 'string' ? project.name : undefined;
  } catch {
    return undefined;
  }
}

/** `fabrica-storage[pandas]==0.1.0` → `fabrica-storage` */
export function distributionOf(requirement: string): string {
  return normalise(/^[A-Za-z0-9._-]+/.exec(requirement.trim())?.[0] ?? '');
}

/** What is to be done to a pyproject.toml. */
interface Addition {
  /** Requirements of distributions that it doesn't name. */
  readonly requirements: readonly string[];
  /** Requirements that it has, by what is to stand in their place: the same with more extras. */
  readonly extended: ReadonlyMap<string, string>;
  /** Distributions that are to come from the private index. */
  readonly sources: readonly string[];
}

/**
 * Adds requirements to a pyproject.toml that a person may have edited: what is there, comments and order, stays.
 * A distribution that is there already keeps the version that it has, and gets the extras that it lacks.
 *
 * TOML can be written in more ways than are understood here. So the result is read again, and is given only when it
 * says what was meant, no more and no less.
 *
 * @param file relative to the workspace, for the error
 * @param shared distributions that come from the private index
 * @throws FabricaError `edit-by-hand`, with the lines to add
 */
export function addRequirements(
  file: string,
  text: string,
  requirements: readonly string[],
  shared: readonly string[],
): string {
  const before = parse(text) as Document;
  const addition = additionTo(before, requirements, shared);
  const after = addSources(addDependencies(text, addition), addition.sources);
  if (says(after, expected(before, addition))) return after;
  throw new FabricaError('edit-by-hand', `${file} is written in a way that can't be added to`, {
    place: { file },
    hint: byHand(file, addition),
  });
}

function additionTo(
  { project, tool }: Document,
  requirements: readonly string[],
  shared: readonly string[],
): Addition {
  const present = new Map((project?.dependencies ?? []).map((one) => [distributionOf(one), one]));
  const pairs = requirements.flatMap((wanted) => {
    const found = present.get(distributionOf(wanted));
    return found === undefined ? [] : [[found, withExtrasOf(found, wanted)] as const];
  });
  const known = Object.keys(tool?.uv?.sources ?? {}).map(normalise);
  return {
    requirements: requirements.filter((wanted) => !present.has(distributionOf(wanted))),
    extended: new Map(pairs.filter(([found, extended]) => found !== extended)),
    sources: shared.filter((name) => !known.includes(name)),
  };
}

/** `fabrica-storage[pandas]==0.1.0` with the extras of `fabrica-storage[pandas,sklearn]`; else as it is. */
function withExtrasOf(found: string, wanted: string): string {
  const [has = [], needs = []] = [found, wanted].map((one) => parseRequirement(one)?.extras);
  const lacks = needs.filter((extra) => !has.includes(extra));
  if (!lacks.length) return found;
  const [, name = '', , rest = ''] = /^(\s*[A-Za-z0-9._-]+)\s*(\[[^\]]*\])?(.*)$/s.exec(found) ?? [];
  return `${name}[${[...has, ...lacks].sort().join(',')}]${rest}`;
}

function expected(document: Document, { requirements, extended, sources }: Addition): Document {
  const present = document.project?.dependencies;
  const dependencies = [...requirements, ...(present ?? []).map((one) => extended.get(one) ?? one)];
  const added = Object.fromEntries(sources.map((name) => [name, { index: 'fabrica' }]));
  const { tool } = document;
  return {
    ...document,
    project: { ...document.project, ...(present || dependencies.length ? { dependencies } : {}) },
    ...(sources.length
      ? { tool: { ...tool, uv: { ...tool?.uv, sources: { ...tool?.uv?.sources, ...added } } } }
      : {}),
  };
}

function byHand(file: string, { requirements, extended, sources }: Addition): string {
  const dependencies = [...requirements, ...extended.values()].map((one) => `  ${JSON.stringify(one)},`);
  return [
    ...(dependencies.length ? [`in ${file}, to the dependencies of [project]:`, ...dependencies] : []),
    ...(sources.length
      ? [`in ${file}, to [tool.uv.sources]:`, ...sources.map((one) => `  ${source(one)}`)]
      : []),
    'then the same command again',
  ].join('\n');
}

function source(name: string): string {
  return `${name} = { index = "fabrica" }`;
}

function addDependencies(text: string, { requirements, extended }: Addition): string {
  const table = tableOf(text, 'project');
  if (!table) return text;
  const lines = requirements.map((requirement) => `\n  ${JSON.stringify(requirement)},`).join('');
  const list = /^[ \t]*dependencies[ \t]*=[ \t]*\[[ \t]*(?:#.*)?/m.exec(text.slice(table.start, table.end));
  if (!list) return lines ? insert(text, table.start, `\ndependencies = [${lines}\n]`) : text;
  const start = table.start + list.index + list[0].length;
  const rest = [...extended].reduce((some, pair) => replaceText(some, ...pair), text.slice(start));
  // A list on one line needs a line break before what it holds.
  const closing = !lines || /^\r?\n/.test(rest) ? '' : rest.startsWith(']') ? '\n' : '\n  ';
  return `${text.slice(0, start)}${lines}${closing}${rest}`;
}

function addSources(text: string, sources: readonly string[]): string {
  if (!sources.length) return text;
  const lines = sources.map((name) => `\n${source(name)}`).join('');
  const table = tableOf(text, 'tool.uv.sources');
  return table ? insert(text, table.start, lines) : `${text.trimEnd()}\n\n[tool.uv.sources]${lines}\n`;
}

function insert(text: string, at: number, lines: string): string {
  return text.slice(0, at) + lines + text.slice(at);
}

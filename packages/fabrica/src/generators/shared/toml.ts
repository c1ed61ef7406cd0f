import { parse } from 'smol-toml';

/** `[project] name` of a pyproject.toml; undefined when it isn't there or can't be read. */
export function tomlName(text: string): string | undefined {
  try {
    const { project } = parse(text) as { project?: { name?: unknown } };
    return typeof project?.name === 'string' ? project.name : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Adds requirements to a pyproject.toml that a person may have edited: what is there, comments and order, stays.
 * A distribution that is there already keeps the version that it has.
 *
 * @param shared distributions that come from the private index
 */
export function addRequirements(
  text: string,
  requirements: readonly string[],
  shared: readonly string[],
): string {
  const { project, tool } = parse(text) as {
    project?: { dependencies?: string[] };
    tool?: { uv?: { sources?: object } };
  };
  const present = new Set((project?.dependencies ?? []).map(distributionOf));
  const missing = requirements.filter((requirement) => !present.has(distributionOf(requirement)));
  const sources = shared.filter((name) => !(name in (tool?.uv?.sources ?? {})));
  return addSources(addDependencies(text, missing, project?.dependencies), sources);
}

/** `fabrica-storage[pandas]==0.1.0` → `fabrica-storage` */
export function distributionOf(requirement: string): string {
  return (/^[A-Za-z0-9._-]+/.exec(requirement.trim())?.[0] ?? '').toLowerCase().replaceAll(/[-_.]+/g, '-');
}

function addDependencies(text: string, missing: readonly string[], present: readonly string[] = []): string {
  if (!missing.length) return text;
  const array = /^dependencies\s*=\s*\[/m.exec(text);
  const lines = missing.map((requirement) => `  "${requirement}",`).join('\n');
  if (!array)
    return text.replace(/^\[project\]\s*$/m, (header) => `${header}\ndependencies = [\n${lines}\n]`);
  const end = array.index + array[0].length;
  const rest = text.slice(end);
  // A list on one line needs a line break before what it holds.
  return `${text.slice(0, end)}\n${lines}${present.length && !rest.startsWith('\n') ? '\n  ' : ''}${!present.length && rest.startsWith(']') ? '\n' : ''}${rest}`;
}

function addSources(text: string, sources: readonly string[]): string {
  if (!sources.length) return text;
  const lines = sources.map((name) => `${name} = { index = "fabrica" }`).join('\n');
  const table = /^\[tool\.uv\.sources\]\s*$/m;
  return table.test(text)
    ? text.replace(table, (header) => `${header}\n${lines}`)
    : `${text.trimEnd()}\n\n[tool.uv.sources]\n${lines}\n`;
}

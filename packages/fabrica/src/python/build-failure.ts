/** A pin of which there is only source here, and that can't be built. */
export interface Unbuildable {
  readonly name: string;
  readonly version: string;
}

/** What uv could not build, by what it says; undefined when it failed for another reason. */
export function unbuildable(said: string): Unbuildable | undefined {
  const [, name, version] = /Failed to (?:download and )?build `([\w.-]+)==([^`\s]+)`/.exec(said) ?? [];
  return name && version ? { name, version } : undefined;
}

/** The first words of a failed build and its last: what is between is the way through the build's own code. */
export function buildEssence(said: string): string {
  const from = said.search(/Failed to (?:download and )?build `/);
  if (from < 0) return said;
  const lines =
    said
      .slice(from)
      .split(/\n+hint: /, 1)[0]
      ?.trimEnd()
      .split('\n') ?? [];
  const LAST = 3;
  return [lines[0], ...lines.slice(Math.max(1, lines.length - LAST))].join('\n');
}

/** What helps: the code of such a version is too old for the Python here, mostly, or needs a compiler. */
export function buildHint({ name, version }: Unbuildable, project: string): string {
  return [
    `npx nx run ${project}:lock --upgrade=${name}   # a newer version may have a wheel for this Python`,
    `where pyproject.toml pins it, write ${name}>=${version} there first`,
    `or take a Python that ${name} ${version} has a wheel for: FABRICA_PYTHON=/path/to/python3 npx nx run ${project}:install`,
  ].join('\n');
}

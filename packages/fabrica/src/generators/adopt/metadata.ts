import { PYTHON } from './folders';
import type { Incoming } from './incoming';
import type { Moves } from './places';
import { code, placed } from './report';

const USE =
  /\b(version|get_distribution|metadata|distribution)\(\s*(?:__name__|__package__|["']([\w.-]+)["'])\s*\)/;

/**
 * Where code asks for the metadata of the project's own distribution: `importlib.metadata.version("churn")`. A project
 * is not installed, so it has none of itself.
 *
 * @param names that the project has as a distribution
 */
export function metadataUses({ files, read }: Incoming, moves: Moves, names: readonly string[]): string[] {
  return files.flatMap(({ path }) => {
    const file = moves.get(path);
    if (file === undefined || !PYTHON.test(path)) return [];
    return (read(path) ?? '').split('\n').flatMap((line, index) => {
      const [found, , named] = USE.exec(line) ?? [];
      if (!found || (named !== undefined && !names.includes(named))) return [];
      return [`${placed({ file, line: index + 1 })}: ${code(line.trim())}`];
    });
  });
}

/** The metadata that an installation would have made, where Python finds it: beside the code. */
export function metadataFile(name: string, version: string): [path: string, content: string] {
  const folder = `${name.replaceAll(/[-.]+/g, '_')}-${version}.dist-info`;
  return [`src/${folder}/METADATA`, `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`];
}

import { importsOf, notebookImports, type FileImports } from '../../imports';
import { STANDARD_LIBRARY } from '../../workspace/python-names';
import { CODE, type Incoming } from './incoming';

/** What each file of code imports, by its path. */
export type Code = ReadonlyMap<string, FileImports>;

/** Reads the imports of all code that is taken in. */
export function readCode({ files, bytes }: Incoming): Code {
  const paths = files.map(({ path }) => path).filter((path) => CODE.test(path));
  return new Map(
    paths.map((path) => [
      path,
      path.endsWith('.ipynb') ? notebookImports(bytes(path)) : importsOf(bytes(path)),
    ]),
  );
}

/** The first names of all absolute imports. */
export function importedNames(code: Code): Set<string> {
  const all = [...code.values()].flatMap(({ imports }) => imports).filter(({ level }) => level === 0);
  return new Set(all.map(({ module }) => module.split('.', 1)[0] as string));
}

/** A module of others that code imports, and where it does first. */
export interface Needed {
  readonly module: string;
  readonly file: string;
  readonly line: number;
}

/** The modules that aren't the project's own nor Python's, for some files; each by its first use. */
export function neededBy(
  code: Code,
  paths: readonly string[],
  isOwn: (module: string, file: string) => boolean,
): Needed[] {
  const found = new Map<string, Needed>();
  for (const file of paths) {
    for (const { module, level, typeChecking, line } of code.get(file)?.imports ?? []) {
      const first = module.split('.', 1)[0] as string;
      if (level > 0 || typeChecking || STANDARD_LIBRARY.has(first) || first === '__future__') continue;
      if (!found.has(first) && !isOwn(first, file)) found.set(first, { module: first, file, line });
    }
  }
  return [...found.values()];
}

import { rewriteModules, type Rename } from '../../imports/rewrite';
import { CODE, type Incoming } from './incoming';
import type { OwnModules, Unreachable } from './modules';
import type { Moves } from './places';
import { code, placed } from './report';
import type { Shape } from './shape';

/** Code whose imports of the project's own modules say where those are now. */
export interface Rewriting {
  /** New contents, by the paths that the files had. */
  readonly contents: ReadonlyMap<string, Buffer>;
  /** What could not be rewritten, each with its place after the move. */
  readonly left: readonly string[];
  /** Texts that look like the old name of a module. */
  readonly strings: readonly string[];
}

/** Rewrites the imports of a project's own modules by where they go; all else stays byte by byte. */
export function rewriteCode(
  { files, bytes }: Incoming,
  moves: Moves,
  shape: Shape,
  own: OwnModules,
): Rewriting {
  const contents = new Map<string, Buffer>();
  const [left, strings]: [string[], string[]] = [[], []];
  for (const { path } of files) {
    const to = moves.get(path);
    if (to === undefined || !CODE.test(path)) continue;
    const unreachable = new Map<string, Unreachable>();
    const rename = own.renameIn(path, (one) => unreachable.set(one.module, one));
    const before = bytes(path);
    const rewritten = rewriteModules(before, {
      rename,
      file: fromRoot(path, shape.roots),
      to: fromRoot(to, ['src', '']),
    });
    if (!rewritten.content.equals(before)) contents.set(path, rewritten.content);
    left.push(...rewritten.left.map(({ message, line }) => `${placed({ file: to, line })}: ${message}`));
    for (const one of unreachable.values())
      left.push(`${to}: ${code(one.module)} is in ${code(one.place)} now, where nothing imports from`);
    strings.push(...stringsWith(rename, to, rewritten.content));
  }
  return { contents, left, strings };
}

/** A file by its path below the folder that Python imports it from. */
function fromRoot(path: string, roots: readonly string[]): string {
  const root = roots.find((folder) => folder !== '' && path.startsWith(`${folder}/`));
  return root === undefined ? path : path.slice(root.length + 1);
}

/** The ends of the names of files, which have a dot, too. */
const FILE =
  /\.(csv|tsv|txt|log|zip|gz|tar|json|jsonl|ya?ml|toml|ini|cfg|png|jpe?g|svg|gif|pdf|html?|md|pkl|pickle|joblib|parquet|feather|xlsx?|py|ipynb|db|sqlite|h5|np[yz]|data|sql|sh)$/;

/** Texts like `"utils.load"`, that name something of a module with a new name, or mean a file. */
function stringsWith(rename: Rename, file: string, content: Buffer): string[] {
  const lines = content.toString('utf8').split('\n');
  return lines.flatMap((line, index) => {
    const texts = [...line.matchAll(/["'](([A-Za-z_]\w*)\.\w[\w.]*)\\?["']/g)];
    const names = texts.filter(([, text]) => !FILE.test(text as string)).map(([, , name]) => name as string);
    const found = names.some((name) => ![undefined, name].includes(rename(name)));
    return found ? [`${placed({ file, line: index + 1 })}: ${code(line.trim())}`] : [];
  });
}

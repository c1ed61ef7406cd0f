import { dirname, posix } from 'node:path';
import type { Rename } from '../../imports/rewrite';
import { STANDARD_LIBRARY } from '../../workspace/python-names';
import { holds } from './names/imports';
import type { Moves } from './places';
import type { Shape } from './shape';

/** An import of the project's own that its new place doesn't reach. */
export interface Unreachable {
  readonly module: string;
  /** Where it is now. */
  readonly place: string;
}

/** Which names stand for the project's own modules, before and after the move. */
export class OwnModules {
  private readonly folders = new Map<string, string>();
  private readonly places: ReadonlySet<string>;

  constructor(
    private readonly moves: Moves,
    private readonly shape: Shape,
    private readonly distributions: readonly string[],
  ) {
    this.places = new Set(moves.values());
    for (const [from, to] of moves) if (/\.pyi?$/.test(from)) this.noteFolders(from, to);
  }

  /** Where the folders of a file go, when it keeps its path below them. */
  private noteFolders(from: string, to: string): void {
    const [before, after] = [from.split('/'), to.split('/')];
    while (before.length > 1 && before.pop() === after.pop()) {
      const folder = before.join('/');
      if (!this.folders.has(folder)) this.folders.set(folder, after.join('/'));
      if (!after.length) return;
    }
  }

  /** Whether an absolute import in a file, by its path before the move, is of a module of the project. */
  isOwn(module: string, file: string): boolean {
    return this.find(module.split('.', 1)[0] as string, file) !== undefined;
  }

  /**
   * The new names for the imports of a file.
   *
   * @param onUnreachable is told of modules that are in no folder that Python imports from any more
   */
  renameIn(file: string, onUnreachable: (one: Unreachable) => void): Rename {
    const to = this.moves.get(file) ?? file;
    return (module) => {
      const place = this.find(module, file);
      if (place === undefined) return undefined;
      const name = this.nameFrom(place, to);
      if (name === undefined) onUnreachable({ module, place });
      return name ?? module;
    };
  }

  /** Where a module of the project is after the move: a file without its end, or a folder. */
  private find(module: string, file: string): string | undefined {
    const [first = '', ...rest] = module.split('.');
    if (STANDARD_LIBRARY.has(first)) return undefined;
    const base = this.basesOf(file, first).find((one) => this.at(one, first) !== undefined);
    return base === undefined ? undefined : this.at(base, [first, ...rest].join('/'));
  }

  /**
   * The folders that a file's imports are looked for in: a script finds what lies beside it, and those that change
   * `sys.path` what is in the package.
   */
  private basesOf(file: string, first: string): string[] {
    const { roots, primary } = this.shape;
    const beside = dirname(file).replace(/^\.$/, '');
    const inPackage = this.moves.has(join(beside, '__init__.py'));
    const isForeign = this.distributions.some((name) => holds(name, first));
    return [
      // In a package, `import matplotlib` is not the matplotlib.py beside it.
      ...(inPackage && isForeign ? [] : [beside]),
      ...roots,
      ...(primary === undefined || isForeign ? [] : [primary]),
    ];
  }

  private at(base: string, path: string): string | undefined {
    const whole = join(base, path);
    for (const end of ['.py', '.pyi', '/__init__.py']) {
      const to = this.moves.get(whole + end);
      if (to !== undefined) return end === '/__init__.py' ? dirname(to) : to.slice(0, -end.length);
    }
    return this.folders.get(whole);
  }

  /** What a module is called in a file, by the places of both after the move. */
  private nameFrom(place: string, file: string): string | undefined {
    if (place.startsWith('src/')) return dotted(place.slice('src/'.length));
    const beside = dirname(file);
    if (place.startsWith(`${beside}/`) && !this.isInPackage(beside))
      return dotted(place.slice(beside.length + 1));
    return place === 'tests' || place.startsWith('tests/') ? this.nameInTests(place) : undefined;
  }

  /** pytest puts the first folder without an `__init__.py` on the path. */
  private nameInTests(place: string): string {
    const parts = place.split('/');
    while (parts.length > 1 && !this.isInPackage(parts[0] as string)) parts.shift();
    return parts.join('.');
  }

  private isInPackage(folder: string): boolean {
    return this.places.has(`${folder}/__init__.py`);
  }
}

function join(...parts: string[]): string {
  return posix.join(...parts.filter(Boolean));
}

function dotted(path: string): string {
  return path.replaceAll('/', '.');
}

/** One import: one module that a statement or a call names. */
export interface Import {
  /** As written, without the dots of a relative import: `a.b`; empty for `from . import x`. */
  readonly module: string;
  /** What a `from` takes: `['x', 'y']`, `['*']`. */
  readonly names?: readonly string[];
  /** How many dots: 0 for an absolute import. */
  readonly level: number;
  /** `plain` is `import a`, `from` is `from a import b`, `dynamic` is `import_module('a')` or `__import__('a')`. */
  readonly kind: 'plain' | 'from' | 'dynamic';
  /** Whether only type checkers run it: it stands under `if TYPE_CHECKING:`. */
  readonly typeChecking: boolean;
  /** The package that a dynamic relative import names literally. */
  readonly package?: string;
  /** Counted from 1; in a notebook, in its cell. */
  readonly line: number;
  /** Counted from 1, as editors count. */
  readonly column: number;
  /** The cell of the notebook, counted from 1 over cells of every kind. */
  readonly cell?: number;
}

/** A statement that changes where Python looks for modules. */
export interface PathChange {
  readonly kind: 'path';
  readonly what: 'sys.path' | 'site.addsitedir' | 'PYTHONPATH';
  /** The strings of its logical line, in order; of an f-string, the pieces between its fields. */
  readonly literals: readonly string[];
  readonly line: number;
  readonly column: number;
  readonly cell?: number;
}

/**
 * What a notebook does beside Python: `run` runs a file (`%run ../x.py`, `!python x.py`), `install` installs
 * packages (`!pip install -e ../x`), `shell` is any other command, `magic` any other magic, and `foreign` a cell in
 * another language (`%%sql`).
 */
export interface Escape {
  readonly kind: 'run' | 'install' | 'shell' | 'magic' | 'foreign';
  /** As a shell splits them: `['pip', 'install', '-e', '../x']`, `['%run', '../x.py']`, `['%%sql']`. */
  readonly words: readonly string[];
  readonly line: number;
  readonly column: number;
  readonly cell?: number;
}

export type Happening = PathChange | Escape;

/** Why a file could not be read to its end. What was found before is kept. */
export interface Problem {
  readonly message: string;
  readonly line: number;
  readonly cell?: number;
}

/** What a file imports. */
export interface FileImports {
  readonly imports: readonly Import[];
  readonly events: readonly Happening[];
  readonly problem?: Problem;
  /** The language of a notebook that isn't Python, whose cells were not read. */
  readonly language?: string;
}

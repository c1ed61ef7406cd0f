import type { Place } from '../../../support/errors';

/** A dependency as pyproject.toml will state it. */
export interface Dependency {
  /** Normalised: `scikit-learn`. */
  readonly name: string;
  /** PEP 508: `pandas>=2.2,<3 ; python_version < "3.13"`. */
  readonly text: string;
  /** The group that it is for; undefined: production needs it. */
  readonly group?: string;
  /** Where the project states it; paths are relative to the project that is taken in. */
  readonly place: Place;
  /** What is stated there, when that is something else: `pytorch=1.13`. */
  readonly was?: string;
}

/** What a manifest says and pyproject.toml can't. It is told, and never dropped. */
export interface Left {
  /** As it is written. */
  readonly what: string;
  readonly why: string;
  readonly place: Place;
}

/** What one manifest of a project says: environment.yml, setup.py, … */
export interface Manifest {
  readonly kind: 'pyproject' | 'Poetry' | 'Pipenv' | 'setup.py' | 'Conda' | 'requirements';
  readonly file: string;
  readonly name?: string;
  readonly version?: string;
  readonly description?: string;
  /** A version specifier: `>=3.8,<4`. */
  readonly python?: string;
  readonly dependencies: readonly Dependency[];
  readonly left: readonly Left[];
  /** Limits on what others may bring: `-c constraints.txt`. */
  readonly constraints?: readonly Dependency[];
  /** Whether it lists all that is installed, so also what nobody asked for. */
  readonly isLock?: boolean;
  /** Other files that it read, and that say nothing more now. */
  readonly reads?: readonly string[];
  /** Folders that Python imports from, beside the project's own: `lib`. */
  readonly roots?: readonly string[];
  /** Its settings of pytest. */
  readonly pytest?: Readonly<Record<string, unknown>>;
  /** Tables of tools that have a meaning still. */
  readonly tools?: Readonly<Record<string, unknown>>;
}

/** The files of a project that is taken in; paths are relative to it. */
export interface ReadFile {
  (path: string): string | undefined;
}

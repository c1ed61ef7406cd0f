import type { BoundaryException } from '../workspace';
import type { Installed } from './installed';
import type { Unit } from './world';

/** A file that has something to say about boundaries. */
export interface SourceFile {
  /** Relative to the unit: `src/rides/train.py`. */
  readonly path: string;
  readonly content: Uint8Array | string;
}

/** A symbolic link whose target is outside of the unit's folder. */
export interface OutsideLink {
  readonly path: string;
  /** Relative to the workspace where it is in it, else absolute. */
  readonly target: string;
}

/** What fabrica.yaml says about boundaries. */
export interface UnitSettings {
  /** Where it says so, for messages; undefined for packages, which have none. */
  readonly text: string;
  readonly uses: readonly string[];
  readonly exceptions: readonly BoundaryException[];
}

/** All that is known of one unit. The rules read this, and no disk. */
export interface UnitSource {
  readonly unit: Unit;
  /** Those that are read: Python, notebooks, manifests, locks, Docker's and compose's. */
  readonly files: readonly SourceFile[];
  /** All files of the unit, those that aren't read too: what tells whether a path exists. */
  readonly paths: readonly string[];
  readonly links: readonly OutsideLink[];
  readonly settings?: UnitSettings;
  /** What its environment holds; undefined when there is none. */
  readonly installed?: Installed;
  /** Whether that isn't what pyproject.toml and the lock say now. */
  readonly isBehind?: boolean;
}

/** The text of a file. */
export function textOf({ content }: SourceFile): string {
  return typeof content === 'string'
    ? content
    : Buffer.from(content.buffer, content.byteOffset, content.length).toString('utf8');
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The folder of a path; empty for one at the top. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

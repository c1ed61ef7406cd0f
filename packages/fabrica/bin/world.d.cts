/** A project or a package, as a listing of the folders shows it. */
export interface ListedUnit {
  readonly kind: 'project' | 'package';
  readonly name: string;
  readonly folder: string;
  readonly distribution: string;
  readonly python: boolean;
  /** Of a package. */
  readonly version?: string;
}

export function listUnits(root: string): ListedUnit[];
export function remotesOf(root: string): string[];
export function normaliseRemote(address: string): string;

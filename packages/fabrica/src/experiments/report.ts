import { basename, relative } from 'node:path';
import { compareVersions } from '../python/versions';
import { colour } from '../support/colour';
import { FabricaError, formatError } from '../support/errors';
import { table } from '../support/table';
import { kindOf } from '../python/packages';
import { conflicts, readLayers, usedProjects, type Conflict } from './layers';

/**
 * What a person is told of the locks of a folder and those of the projects that its experiments use; empty when they
 * agree. A lock that can't be compared is a warning, too: that of another project is no reason to refuse this one.
 */
export function warningOf(root: string, folder: string): string {
  if (kindOf(folder) === 'package' || !usedProjects(root, folder).length) return '';
  try {
    return describeConflicts(root, basename(folder), conflicts(root, readLayers(root, folder)));
  } catch (error) {
    if (!(error instanceof FabricaError)) throw error;
    return formatError(error, { from: root }).trimEnd().replace('error', 'warning');
  }
}

/** What a person is told of conflicts: the versions, whose wins, and what to type; empty when there is none. */
export function describeConflicts(root: string, project: string, conflicts: readonly Conflict[]): string {
  if (!conflicts.length) return '';
  const rows = conflicts.map(({ name, taken, left, refusedBy }) => [
    name,
    `${taken.version} of ${taken.project}`,
    `${left.version} in ${left.project}${refusedBy ? `, which wants ${refusedBy.specifier} and may fail` : ''}`,
  ]);
  const count = conflicts.length === 1 ? 'One version differs' : `${conflicts.length} versions differ`;
  const head = `${colour('yellow', 'warning')}: ${count} between ${project} and the projects that its experiments use`;
  return [
    head,
    indent(table(['distribution', 'experiments have', 'instead of'], rows)),
    ...waysOut(root, conflicts),
  ].join('\n');
}

/** The project with the older version is the one to move; a bound that stands in the way is widened first. */
function waysOut(root: string, conflicts: readonly Conflict[]): string[] {
  const edits = conflicts.flatMap(({ name, taken, refusedBy }) =>
    refusedBy
      ? [`allow ${name} ${taken.version} in ${relative(root, refusedBy.file)}:${refusedBy.line ?? 1}`]
      : [],
  );
  const behind = new Map<string, string[]>();
  for (const { name, taken, left } of conflicts) {
    const { project } = isOlder(taken.version, left.version) ? taken : left;
    behind.set(project, [...(behind.get(project) ?? []), name]);
  }
  const commands = [...behind].map(
    ([project, names]) => `npx nx run ${project}:lock --upgrade=${names.join(',')}`,
  );
  return [...edits, ...commands].map((way, index) => `${index ? '      ' : '  try '}${way}`);
}

/** Where a lock has several versions, for several Pythons, the first speaks for them. */
function isOlder(one: string, other: string): boolean {
  return compareVersions(first(one), first(other)) < 0;
}

function first(versions: string): string {
  return versions.split(', ')[0] as string;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

import { importsOf, notebookImports, resolveRelative, type Happening, type Import } from '../imports';
import type { Zone } from '../workspace/layout';
import { refuse, type Finding, type Spot } from './findings';
import type { SourceFile } from './source';
import { zoneOf } from './zones';

/** A module that a file imports. */
export interface Use {
  /** Absolute: `bikes.features`. What a `from` takes is a part of it: it may be a module, too. */
  readonly module: string;
  /** The module alone, without what a `from` takes. */
  readonly from: string;
  readonly zone: Zone;
  readonly typeChecking: boolean;
  /** Whether its line begins with it: one that is indented is part of something. */
  readonly atMargin: boolean;
  readonly spot: Spot;
}

/** Something else that a file does which concerns where its modules come from. */
export interface Event {
  readonly what: Happening;
  readonly zone: Zone;
  readonly spot: Spot;
}

/** What the Python files and notebooks of a unit say. */
export interface Uses {
  readonly uses: Use[];
  readonly events: Event[];
  /** The files that couldn't be read to their end. */
  readonly unparsed: Finding[];
}

/** Whether a file is one that imports. */
export function isPython(path: string): boolean {
  return path.endsWith('.py') || path.endsWith('.ipynb') || path.endsWith('.pyi');
}

/** Reads all imports of all files. */
export function usesOf(files: readonly SourceFile[]): Uses {
  const found: Uses = { uses: [], events: [], unparsed: [] };
  for (const file of files) if (isPython(file.path)) readFile(file, found);
  return found;
}

function readFile({ path, content }: SourceFile, found: Uses): void {
  const { imports, events, problem } = path.endsWith('.ipynb')
    ? notebookImports(content)
    : importsOf(content);
  const zone = zoneOf(path);
  for (const one of imports) {
    const spot = { path, line: one.line, cell: one.cell };
    const from = moduleOf(one, path);
    if (from === '') continue;
    for (const module of modulesOf(one, from))
      found.uses.push({
        module,
        from,
        zone,
        typeChecking: one.typeChecking,
        atMargin: isAtMargin(one),
        spot,
      });
  }
  for (const what of events)
    found.events.push({ what, zone, spot: { path, line: what.line, cell: what.cell } });
  if (problem)
    found.unparsed.push(
      refuse(
        'unparsed',
        { path, ...problem },
        `can't be read further: ${problem.message}`,
        'repair it, or take it out of the project: what follows was not looked at',
      ),
    );
}

/** The column is that of `from`, and of the module after `import`. */
function isAtMargin({ kind, column }: Import): boolean {
  return column === (kind === 'plain' ? 'import '.length + 1 : 1);
}

/** The absolute module of an import; empty for a relative one, which is the unit's own and of no interest. */
function moduleOf(one: Import, path: string): string {
  if (one.level === 0) return one.module;
  return (one.package === undefined ? undefined : resolveRelative(one, path)) ?? '';
}

function modulesOf({ names }: Import, from: string): readonly string[] {
  return !names?.length || names[0] === '*' ? [from] : names.map((name) => `${from}.${name}`);
}

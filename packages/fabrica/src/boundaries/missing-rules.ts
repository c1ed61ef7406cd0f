import { STANDARD_LIBRARY } from '../workspace/python-names';
import { refuse, warn, type Finding } from './findings';
import { ownersOf, type Installed } from './installed';
import { isOwnModule, type Places } from './places';
import { textOf, type UnitSource } from './source';
import type { Use } from './uses';
import { unitOfModule, type World } from './world';

/**
 * `undeclared`, of what isn't even there: an import that nothing in the environment brings, neither declared nor by
 * accident. One in a `try` is meant to do without.
 */
export function missingRule(
  source: UnitSource,
  installed: Installed,
  use: Use,
  places: Places,
  world: World,
): Finding | undefined {
  const { unit, settings } = source;
  const [top = ''] = use.from.split('.');
  if (use.typeChecking || BUILT_IN.has(top) || STANDARD_LIBRARY.has(top)) return undefined;
  // Experiments that use other projects have an environment of their own.
  if (use.zone === 'experiment' && settings?.uses.length) return undefined;
  if (unitOfModule(world, use.from) ?? ownersOf(installed, use.module)) return undefined;
  if (isOwnModule(unit, places, use.spot.path, use.module, true) || isNamespace(installed, use.from))
    return undefined;
  if (isTried(source, use)) return undefined;
  // A notebook fails for who runs it, and nobody else.
  const tell = use.spot.cell === undefined ? refuse : warn;
  return tell(
    'undeclared',
    use.spot,
    `imports ${use.from}, which nothing that is installed brings`,
    `add what brings it to dependencies in ${unit.folder}/pyproject.toml, then: npx nx run ${unit.name}:lock`,
  );
}

const BUILT_IN: ReadonlySet<string> = new Set(['__future__', '__main__']);

/** Whether a module is the beginning of what distributions have: `google.cloud`. */
function isNamespace({ byModule }: Installed, module: string): boolean {
  return [...byModule.keys()].some((one) => one.startsWith(`${module}.`));
}

/** Whether an import stands in a block of a `try`, as the lines above it are indented. In a notebook, an indented one may. */
function isTried({ files }: UnitSource, { spot, atMargin }: Use): boolean {
  if (atMargin || spot.line === undefined) return false;
  const file = files.find(({ path }) => path === spot.path);
  if (spot.cell !== undefined || !file) return true;
  const lines = textOf(file).split('\n');
  let depth = indentation(lines[spot.line - 1] ?? '');
  for (const line of lines.slice(0, spot.line - 1).reverse()) {
    if (line.trim() === '' || indentation(line) >= depth) continue;
    if (/^\s*(try|except\b.*|else|finally)\s*:/.test(line)) return true;
    depth = indentation(line);
  }
  return false;
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}

import { folderOf } from './source';
import type { Unit } from './world';

/** Tells what exists in a unit, by the paths of its files. Made when first asked: few units have anything to ask. */
export class Places {
  private known?: ReadonlySet<string>;

  constructor(private readonly paths: readonly string[]) {}

  /** Whether the unit has a file or folder of this path. */
  has(path: string): boolean {
    this.known ??= withFolders(this.paths);
    return path === '' || path === '.' || this.known.has(path);
  }
}

function withFolders(paths: readonly string[]): Set<string> {
  const known = new Set<string>();
  for (const path of paths)
    for (let part = path; part !== '' && !known.has(part); part = folderOf(part)) known.add(part);
  return known;
}

/** Where Python finds a unit's own modules from one of its files. */
function rootsOf(path: string): string[] {
  const roots = ['src', ''];
  // Of production, only `src` is on the path; tests, scripts and notebooks have their own folder there too.
  if (path.startsWith('src/')) return roots;
  for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder)) roots.push(folder);
  return roots;
}

/**
 * Whether a module is the unit's own, as one of its files sees it. A folder without `__init__.py` hides nothing that
 * is installed, so it counts only where `namespace` is asked for.
 */
export function isOwnModule(
  unit: Unit,
  places: Places,
  from: string,
  module: string,
  namespace = false,
): boolean {
  if (isWithin(unit.module, module)) return true;
  const dot = module.indexOf('.');
  const top = dot < 0 ? module : module.slice(0, dot);
  const path = module.replaceAll('.', '/');
  return rootsOf(from).some((root) => {
    const at = root === '' ? '' : `${root}/`;
    const own = ['.py', '/__init__.py', '.pyi'].some((end) => places.has(at + top + end));
    return own || (namespace && (places.has(at + path) || places.has(`${at}${path}.py`)));
  });
}

function isWithin(package_: string, module: string): boolean {
  return package_ !== '' && (module === package_ || module.startsWith(`${package_}.`));
}

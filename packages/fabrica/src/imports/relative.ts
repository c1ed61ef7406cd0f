import type { Import } from './types';

/**
 * The absolute module that an import names.
 *
 * @param file the importing file, relative to the folder that Python imports from (a project's `src`)
 * @returns undefined when the dots lead out of that folder
 *
 * @example
 * resolveRelative({ level: 2, module: 'data' }, 'bikes/pipelines/train.py'); // 'bikes.data'
 * resolveRelative({ level: 1, module: '' }, 'bikes/__init__.py'); // 'bikes'
 */
export function resolveRelative(
  { level, module, package: anchor }: Pick<Import, 'level' | 'module' | 'package'>,
  file: string,
): string | undefined {
  if (level === 0) return module;
  // A module and the __init__.py beside it are in the same package: that of their folder.
  const parts = anchor === undefined ? file.split(/[\\/]/).slice(0, -1) : anchor.split('.');
  if (level > parts.length) return undefined;
  return [...parts.slice(0, parts.length - level + 1), ...(module === '' ? [] : [module])].join('.');
}

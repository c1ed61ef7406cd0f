import { isPython, isText } from '../shared/sources';
import type { Moving } from './moving';

/** Where texts of the project still name what moved: only a person knows what they should say. */
export function stillNamed({ folder, files, modules }: Moving): string[] {
  const names = modules.flatMap((module) => [module, `src/${module.replaceAll('.', '/')}`]);
  return files
    .filter(({ path, content }) => !isPython(path) && isText(content))
    .flatMap(({ path, content }) =>
      content
        .toString('utf8')
        .split('\n')
        .flatMap((line, at) =>
          names.some((name) => line.includes(name)) ? [`${folder}/${path}:${at + 1}`] : [],
        ),
    );
}

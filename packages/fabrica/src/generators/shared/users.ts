import type { Tree } from '@nx/devkit';
import { importsOf, notebookImports, type Import } from '../../imports';
import { SETTINGS } from '../../workspace';
import { projectsIn } from './projects';
import { filesOf, isPython, type SourceFile } from './sources';
import { usesOf } from './uses';

/** Where something of a project is used. */
export interface UseOfProject {
  /** The project that uses it. */
  readonly folder: string;
  /** `projects/weather/experiments/a.py:3`, and what is there. */
  readonly text: string;
  /** What is imported there. */
  readonly module?: string;
}

/** Where other projects use a project: experiments that name it, and all imports of its module. */
export function usersOf(
  tree: Tree,
  folder: string,
  { name, module }: { name: string; module: string },
): UseOfProject[] {
  return projectsIn(tree)
    .filter((other) => other !== folder)
    .flatMap((other) => {
      const named = usesOf(tree, other).includes(name)
        ? [{ folder: other, text: `${other}/${SETTINGS}: experiments.uses names ${name}` }]
        : [];
      const imported = filesOf(tree, other).flatMap((file) =>
        importsOfModule(file, module).map((one) => ({
          folder: other,
          text: `${placeOf(other, file, one)} imports ${one.module}`,
          module: one.module,
        })),
      );
      return [...named, ...imported];
    });
}

/** What a file imports of a module and those below it. */
function importsOfModule({ path, content }: SourceFile, module: string): Import[] {
  if (!isPython(path) || !content.includes(module)) return [];
  const { imports } = path.endsWith('.ipynb') ? notebookImports(content) : importsOf(content);
  return imports.filter(
    (one) => one.level === 0 && (one.module === module || one.module.startsWith(`${module}.`)),
  );
}

function placeOf(folder: string, { path }: SourceFile, { line, cell }: Import): string {
  return cell === undefined ? `${folder}/${path}:${line}` : `${folder}/${path}: cell ${cell}, line ${line}:`;
}

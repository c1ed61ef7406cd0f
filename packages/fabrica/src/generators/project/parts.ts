import type { Tree } from '@nx/devkit';
import { layoutPath, moduleOf } from '../../workspace';
import type { ProjectOptions } from './options';

/** What a project can hold beside the base; each has a folder in files/. */
export type Part = 'pipeline' | 'service' | 'app';

/** What each part imports: shared packages (pinned to a version), and others. */
export const REQUIREMENTS: Record<
  'base' | Part,
  { readonly shared: readonly string[]; readonly others: readonly string[] }
> = {
  base: { shared: ['fabrica-warehouse'], others: ['pandas>=2.2,<4'] },
  pipeline: {
    shared: ['fabrica-pipelines', 'fabrica-storage[pandas,sklearn]'],
    others: ['scikit-learn>=1.5,<2'],
  },
  service: {
    shared: ['fabrica-serving', 'fabrica-storage[pandas,sklearn]'],
    others: ['pydantic>=2.10,<3', 'scikit-learn>=1.5,<2'],
  },
  app: { shared: ['fabrica-storage[pandas,sklearn]', 'fabrica-tracking'], others: ['streamlit>=1.40,<2'] },
};

/** The parts that are wanted and not there: what a project has stays as it is. */
export function missingParts(tree: Tree, folder: string, options: ProjectOptions): Part[] {
  const has = partsOf(tree, folder, options.name);
  return (['pipeline', 'service', 'app'] as const).filter((part) => options[part] && !has.includes(part));
}

/** The parts that a project has. */
export function partsOf(tree: Tree, folder: string, name: string): Part[] {
  const module = moduleOf(name);
  const pipelines = tree
    .children(`${folder}/${layoutPath('module', { module })}/pipelines`)
    .filter((file) => /^[A-Za-z]\w*\.py$/.test(file));
  return [
    ...(pipelines.length ? (['pipeline'] as const) : []),
    ...(['service', 'app'] as const).filter((part) =>
      tree.exists(`${folder}/${layoutPath(part, { module })}`),
    ),
  ];
}

/** The requirements of some parts, each once, sorted as pyproject.toml lists them. */
export function requirementsOf(parts: readonly ('base' | Part)[]): {
  readonly shared: readonly string[];
  readonly others: readonly string[];
} {
  const all = (kind: 'shared' | 'others') =>
    [...new Set(parts.flatMap((part) => REQUIREMENTS[part][kind]))].sort();
  return { shared: all('shared'), others: all('others') };
}

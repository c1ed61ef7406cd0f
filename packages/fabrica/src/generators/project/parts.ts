import type { Tree } from '@nx/devkit';
import { layoutPath, moduleOf, PARTS, type Part } from '../../workspace';
import type { ProjectOptions } from './options';
import type { Requirements, Template } from './template';

/** What each part imports: shared packages (pinned to a version), and others. */
export const REQUIREMENTS: Record<'base' | Part, Requirements> = {
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
  return PARTS.filter((part) => options[part] && !has.includes(part));
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

/** The requirements of some parts of a template, each once, sorted as pyproject.toml lists them. */
export function requirementsOf(template: Template, parts: readonly ('base' | Part)[]): Requirements {
  const all = (kind: 'shared' | 'others') =>
    [...new Set(parts.flatMap((part) => template.requirements[part]?.[kind] ?? []))].sort();
  return { shared: all('shared'), others: all('others') };
}

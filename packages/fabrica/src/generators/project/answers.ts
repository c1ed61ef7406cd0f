import type { Tree } from '@nx/devkit';
import { parse } from 'smol-toml';
import { parseRequirement } from '../../python/requirements';
import { parseSettings, PYPROJECT, SETTINGS, type TemplateRecord } from '../../workspace';
import { sharedVersions } from '../shared/versions';
import type { Answers } from './render';

/** What a project was made from, as it says itself; and the answers that would make it again. */
export interface Origin {
  readonly answers: Answers;
  /** Undefined in a project that no template made, or one that was made before projects remembered it. */
  readonly record?: TemplateRecord;
}

/**
 * Reads the answers of a project from what it is now: the owner from fabrica.yaml, the versions of shared packages
 * from pyproject.toml. So what a person changed there is no difference between two templates.
 */
export function readOrigin(tree: Tree, folder: string): Origin {
  const file = `${folder}/${SETTINGS}`;
  const { owner, description, template: record } = parseSettings(file, tree.read(file, 'utf8') ?? '');
  const versions = new Map([...sharedVersions(tree), ...pinsOf(tree, folder)]);
  const name = folder.split('/').at(-1) as string;
  return { answers: { name, owner, description, parts: record?.parts ?? [], versions }, record };
}

function pinsOf(tree: Tree, folder: string): (readonly [string, string])[] {
  const { project } = parse(tree.read(`${folder}/${PYPROJECT}`, 'utf8') ?? '') as {
    project?: { dependencies?: string[] };
  };
  return (project?.dependencies ?? []).flatMap((text) => {
    const { name, specifier } = parseRequirement(text) ?? {};
    const [, version] = /^==\s*([^,\s*]+)$/.exec(specifier ?? '') ?? [];
    return name && version ? [[name, version] as const] : [];
  });
}

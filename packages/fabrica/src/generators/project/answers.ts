import type { Tree } from '@nx/devkit';
import { parse } from 'smol-toml';
import { parseRequirement } from '../../python/requirements';
import { PARTS, parseSettings, PYPROJECT, SETTINGS, type TemplateRecord } from '../../workspace';
import { distributionOf } from '../shared/toml';
import { sharedVersions } from '../shared/versions';
import { requirementsOf } from './parts';
import type { Answers } from './render';
import type { Template } from './template';

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

/**
 * The answers for a template of the past: a shared package that it needed may be gone. Then the project hasn't it
 * either, and any version will do.
 */
export function withAnyVersion(answers: Answers, template: Template): Answers {
  const { shared } = requirementsOf(template, ['base', ...PARTS]);
  const any = shared.map((one) => [distributionOf(one), '0'] as const);
  return { ...answers, versions: new Map([...any, ...answers.versions]) };
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

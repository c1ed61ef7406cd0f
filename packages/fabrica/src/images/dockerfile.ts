import { join } from 'node:path';
import { STAGES } from '../layout/dockerfile';
import { FabricaError } from '../support/errors';
import { readIfThere } from '../support/files';

/** The text of a project's Dockerfile; a project without one has no image. */
export function checkDockerfile(root: string, folder: string): string {
  const file = `${folder}/Dockerfile`;
  const text = readIfThere(join(root, file));
  if (text !== undefined) return text;
  throw new FabricaError('no-dockerfile', `${file} is not there`, { place: { file }, hint: 'npx nx sync' });
}

/** A stage of a Dockerfile, by its name when it has one. */
export interface Stage {
  readonly name?: string;
  /** Counted from 1. */
  readonly line: number;
}

/** The stages of a Dockerfile, in order. */
export function stagesOf(text: string): Stage[] {
  return text.split('\n').flatMap((line, index) => {
    const [from, name] = /^\s*FROM\s+\S.*?(?:\s+AS\s+(\S+))?\s*$/i.exec(line) ?? [];
    return from === undefined ? [] : [{ ...(name ? { name } : {}), line: index + 1 }];
  });
}

/** A stage that the toolkit adds to a project's Dockerfile for a build of its own. */
export interface AddedStage {
  readonly name: string;
  /** Of the error for a Dockerfile in which nothing of the toolkit's is left. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * A Dockerfile with stages more at its end; `lines` gets the name of the last one that is there. A person's own stage of
 * that name is left as it is.
 *
 * @throws FabricaError with the stage's code where there is nothing to go on from
 */
export function withStage(
  dockerfile: string,
  folder: string,
  stage: AddedStage,
  lines: (last: string) => readonly string[],
): string {
  const stages = stagesOf(dockerfile);
  if (stages.some(({ name }) => name === stage.name)) return dockerfile;
  const last = stages.at(-1);
  if (!last?.name || !stages.some(({ name }) => name === STAGES.dependencies))
    throw new FabricaError(stage.code, stage.message, {
      place: { file: `${folder}/Dockerfile`, ...(last ? { line: last.line } : {}) },
      hint: stage.hint,
    });
  return [dockerfile.trimEnd(), '', ...lines(last.name), ''].join('\n');
}

import { join } from 'node:path';
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

import type { ExecutorContext } from '@nx/devkit';
import { resolve } from 'node:path';
import { writeAtomically } from '../../support/files';
import { readUses, usesDocument, usesPicture, usesText } from '../../uses';
import { runCommand, type CommonOptions } from '../command';

export interface UsesOptions extends CommonOptions {
  /** Only who uses this: a project, a package, or a distribution of anybody. */
  readonly of?: string;
  /** A file that gets a picture, as SVG. */
  readonly svg?: string;
}

/** Says who uses what, in which zone and version, from imports and locks. */
export default function uses(options: UsesOptions, context: ExecutorContext): Promise<{ success: boolean }> {
  return runCommand(options, context, async ({ root, answer }) => {
    const found = readUses(root, options.of);
    if (options.svg) writeAtomically(resolve(root, options.svg), await usesPicture(found.usages));
    const text = usesText(found, options.of !== undefined);
    const written = options.svg && `\nwritten: ${options.svg}, which browsers open`;
    answer(usesDocument(found), text + (written ?? ''));
  });
}

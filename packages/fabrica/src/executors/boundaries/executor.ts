import type { ExecutorContext } from '@nx/devkit';
import { checkFolder, countsText, passes, readWorld, remarksText, type Checked } from '../../boundaries';
import { FabricaError } from '../../support/errors';
import { runCommand, type CommonOptions } from '../command';
import { answerOf, today } from './answer';

export interface BoundariesOptions extends CommonOptions {
  /** `github` writes annotations of GitHub Actions. */
  readonly format?: 'text' | 'github';
}

/** Refuses what leads out of one project or package. Of several Nx makes one process: see batch.ts. */
export default function boundariesExecutor(
  options: BoundariesOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  let checked: Checked | undefined;
  const ran = runCommand(options, context, ({ root, folder, answer }) => {
    const start = performance.now();
    const world = readWorld(root);
    const unit = world.byFolder.get(folder);
    if (!unit) throw new FabricaError('no-unit', `${folder} is no project or package`);
    checked = checkFolder(root, unit, world, today());
    const seconds = (performance.now() - start) / 1000;
    const { document, text } = answerOf(checked, options, seconds);
    answer(
      document,
      options.format === 'github'
        ? text
        : [text, ...remarksText([checked]), countsText([checked], seconds)].join('\n'),
    );
    return Promise.resolve();
  });
  return ran.then(({ success }) => ({ success: success && checked !== undefined && passes(checked) }));
}

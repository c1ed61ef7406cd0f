import type { ExecutorContext } from '@nx/devkit';
import { yank } from '../../release/yank';
import { FabricaError } from '../../support/errors';
import { runCommand, type CommonOptions } from '../command';

export interface YankExecutorOptions extends CommonOptions {
  /** As its record is called: `0.1.1`, `0.2.0b1`. Nx keeps an option `--version` for itself. */
  readonly release: string;
  readonly reason?: string;
  /** Takes it back. */
  readonly undo?: boolean;
}

/** Says of a released version that nobody should begin to use it. */
export default function yankExecutor(
  options: YankExecutorOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async ({ root, folder, name, signal, progress, answer }) => {
    const { release, reason, undo } = options;
    if (!undo && !reason?.trim())
      throw new FabricaError('no-reason', 'those who have it locked are told why: a reason is missing', {
        hint: `npx nx run ${name}:yank --release=${release} --reason="loses rows of the last day"`,
      });
    let file = '';
    await progress.phase(undo ? 'Unyank' : 'Yank', async () => {
      file = await yank(root, folder, String(release), undo ? undefined : reason, { signal, progress });
      return `${name} ${release}`;
    });
    answer(
      { schema: 1, release, yanked: !undo, record: file },
      `Next: git add ${file} && git commit -m "chore(${name}): ${undo ? 'unyank' : 'yank'} ${release}"`,
    );
  });
}

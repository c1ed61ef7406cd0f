import type { ExecutorContext } from '@nx/devkit';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackage } from '../../registries/build-package';
import { runCommand, type CommonOptions } from '../command';
import { buildTypeScript } from './typescript';

/** Builds a package into its `dist`: a wheel from Python, JavaScript from TypeScript. */
export default function build(
  options: CommonOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async ({ root, folder, at, signal, progress, answer }) => {
    if (!existsSync(join(at, 'pyproject.toml'))) {
      await progress.phase('Build', () => buildTypeScript(root, folder, { signal, progress }));
      return answer({ schema: 1, folder, dist: `${folder}/dist` }, '');
    }
    let built = { file: '', sha256: '' };
    await progress.phase('Build', async () => {
      built = (await buildPackage(root, folder, { signal, progress, into: join(at, 'dist') })).wheel;
      return `${folder}/dist/${built.file}`;
    });
    answer({ schema: 1, folder, file: built.file, sha256: built.sha256 }, `sha256 ${built.sha256}`);
  });
}

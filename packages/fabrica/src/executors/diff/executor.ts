import type { ExecutorContext } from '@nx/devkit';
import { join } from 'node:path';
import { compile } from '../../cluster/compile';
import { diffRelease, type Difference } from '../../cluster/diff';
import { readRelease } from '../../cluster/read';
import { manifestFolder, writeManifests } from '../../cluster/write';
import { runCommand } from '../command';
import type { CompileExecutorOptions } from '../compile/executor';

/** Shows what a deploy would change in the cluster, which it asks; nothing is applied. */
export default function diff(
  options: CompileExecutorOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const { root, folder, name, signal, progress, answer } = command;
    const release = await readRelease({ ...command, environment: options.environment, image: options.image });
    const { environment } = release;
    const compiled = compile(release);
    const target = manifestFolder(folder, environment.name);
    writeManifests(root, target, compiled);
    const manifests = [...compiled.values()].flat();
    const difference = await progress.quietly(`Asking ${environment.context}`, () =>
      diffRelease({ ...release, signal, progress, patience: 0 }, manifests, join(root, target)),
    );
    answer({ schema: 1, project: name, environment: environment.name, ...difference }, report(difference));
  });
}

function report({ diff, removed }: Difference): string {
  const gone = removed.map((object) => `would be removed: ${object}`);
  return [diff.trimEnd(), ...gone].filter(Boolean).join('\n') || 'nothing would change';
}

import type { ExecutorContext } from '@nx/devkit';
import { compile as compileRelease } from '../../cluster/compile';
import { readRelease } from '../../cluster/read';
import { manifestFolder, writeManifests, type Written } from '../../cluster/write';
import { runCommand, type CommonOptions } from '../command';

export interface CompileExecutorOptions extends CommonOptions {
  readonly environment?: string;
  /** By digest, in the place of the one that was pushed last. */
  readonly image?: string;
}

/** Writes what a project is in a cluster: plain manifests of Kubernetes and Argo Workflows. */
export default function compile(
  options: CompileExecutorOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const { root, folder, name, progress, answer } = command;
    const { environment, image } = options;
    const release = await readRelease({ ...command, environment, image });
    const target = manifestFolder(folder, release.environment.name);
    let files: readonly Written[] = [];
    await progress.phase('Manifests', async () => {
      files = writeManifests(root, target, compileRelease(release));
      return `${files.flatMap(({ objects }) => objects).length} objects in ${target}`;
    });
    answer(
      { schema: 1, project: name, environment: release.environment.name, image: release.image, files },
      report(files, name, release.environment.name),
    );
  });
}

function report(files: readonly Written[], project: string, environment: string): string {
  const lines = files.map(({ file, outcome, objects }) => [
    `${file}  ${outcome}`,
    ...objects.map((one) => `  ${one}`),
  ]);
  return [
    ...lines.flat(),
    '',
    'Next:',
    `  npx nx run ${project}:diff --environment=${environment}   # what they would change in the cluster`,
  ].join('\n');
}

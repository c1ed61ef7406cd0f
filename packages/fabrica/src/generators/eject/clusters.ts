import { compile } from '../../cluster/compile';
import { readRelease } from '../../cluster/read';
import { writeManifests } from '../../cluster/write';
import { Cancelled, FabricaError } from '../../support/errors';
import type { Progress } from '../../support/progress';
import { environmentNames, type Project } from '../../workspace';

/** Where the manifests of an environment are in the repository. */
export function manifestsOf(environment: string): string {
  return `manifests/${environment}`;
}

interface Work {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * Writes what the project is in each cluster that the workspace describes, as plain manifests of the image that was
 * pushed last. A cluster that it can't run in is left out, and why is told.
 *
 * @returns the environments that were written
 */
export async function writeClusters(
  root: string,
  { folder }: Project,
  repository: string,
  { signal, progress }: Work,
): Promise<string[]> {
  const written: string[] = [];
  for (const environment of environmentNames(root)) {
    try {
      const release = await readRelease({ root, folder, environment, signal, progress });
      writeManifests(repository, manifestsOf(environment), compile(release));
      written.push(environment);
    } catch (error) {
      if (!(error instanceof FabricaError) || error instanceof Cancelled) throw error;
      progress.say(
        `no manifests for ${environment}: ${error.message}${error.hint ? `\n  try ${error.hint}` : ''}`,
      );
    }
  }
  return written;
}

import type { ExecutorContext } from '@nx/devkit';
import { buildImage } from '../../images/image';
import { imageRegistry, pushImage } from '../../images/publish';
import type { ImageRecord } from '../../images/record';
import { readProject, type Project } from '../../workspace';
import { runCommand, type CommonOptions } from '../command';

export interface ImageExecutorOptions extends CommonOptions {
  readonly push?: boolean;
  /** Instead of the one that nx.json or FABRICA_IMAGE_REGISTRY names. */
  readonly registry?: string;
  /** Instead of `<version>-<commit>`. */
  readonly tag?: string;
  /** False builds all anew. */
  readonly cache?: boolean;
}

/** Builds the image of a project, lists what is in it, and pushes it when asked. */
export default function image(
  options: ImageExecutorOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const { root, folder } = command;
    const { tag, cache = true, push: committed = false } = options;
    // Before the build: it takes long, and would be for nothing.
    const registry = committed ? imageRegistry(root, options.registry) : undefined;
    const project = readProject(root, folder);
    const built = await buildImage(project, { ...command, tag, cache, committed });
    const record = registry === undefined ? built : await pushImage(built, { ...command, registry });
    command.answer(record, next(project, record));
  });
}

/** The store of the workspace, for a container that is started at its top. */
const STORE = '-v "$PWD/.fabrica/store:/store:ro" -e FABRICA_STORE=file:///store';

function next(
  { name, folder, service, app }: Project,
  { image: built, reference, dirty }: ImageRecord,
): string {
  // What serves needs a model: those of this machine, until another store is named.
  const serves = service || app ? `-p 8000:8000 ${STORE} ` : '';
  const run = `docker run --rm --read-only --tmpfs /tmp ${serves}${reference ?? built}`;
  const push = dirty
    ? `git add ${folder} && git commit   # an image of what is committed can be pushed`
    : `npx nx run ${name}:image --push`;
  const commands = [run, ...(reference ? [] : [`npx nx run ${name}:test-image`, push])];
  return [...(reference ? [reference] : []), '', 'Next:', ...commands.map((command) => `  ${command}`)].join(
    '\n',
  );
}

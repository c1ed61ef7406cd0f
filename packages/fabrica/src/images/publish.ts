import { FabricaError } from '../support/errors';
import { writeDocument } from '../support/files';
import type { Progress } from '../support/progress';
import { readOptions } from '../workspace';
import { recordFile, type ImageRecord } from './record';
import { push } from './registry';

export interface PushOptions {
  readonly root: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly registry: string;
}

/**
 * Pushes the image that was built last, and writes down by which digest deployments name it.
 *
 * @throws FabricaError `tag-exists`, `registry-refused`, `registry-down`, `registry-full`
 */
export async function pushImage(
  record: ImageRecord,
  { root, signal, progress, registry }: PushOptions,
): Promise<ImageRecord> {
  const repository = `${registry.replace(/\/$/, '')}/${record.project}`;
  const tag = record.image.slice(record.image.lastIndexOf(':') + 1);
  let reference = '';
  await progress.phase('Push', async () => {
    const { outcome, digest } = await push(record.id, `${repository}:${tag}`, { signal });
    reference = `${repository}@${digest}`;
    return `${outcome}: ${repository}:${tag}`;
  });
  const pushed = { ...record, reference };
  writeDocument(recordFile(root, record.project), pushed);
  return pushed;
}

/** A host is named, since Docker takes a name without one for the public registry. */
const REGISTRY = /^(localhost|[\w-]+(\.[\w-]+)+|[\w.-]+(?=:\d))(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*\/?$/;

/**
 * Where images go: what the command says, else the environment, else nx.json.
 *
 * @throws FabricaError `no-image-registry`, `bad-image-registry`
 */
export function imageRegistry(root: string, stated?: string, env: NodeJS.ProcessEnv = process.env): string {
  const registry = stated || env.FABRICA_IMAGE_REGISTRY || readOptions(root).images?.registry;
  if (registry && REGISTRY.test(registry)) return registry;
  const example = 'registry.example.com/science';
  if (registry)
    throw new FabricaError(
      'bad-image-registry',
      `${registry} is not the address of a registry and a path in it`,
      {
        hint: `such as ${example}; the public one, too, is named by its host`,
      },
    );
  throw new FabricaError('no-image-registry', 'nothing says where images are pushed to', {
    place: { file: 'nx.json' },
    hint: `in the options of fabrica/plugin: "images": { "registry": "${example}" }; or --registry=${example}`,
  });
}

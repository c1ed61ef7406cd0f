import { FabricaError } from '../support/errors';
import { failed, type RunResult } from '../support/processes';
import { docker, type DockerOptions } from './docker';

/** An image as a registry has it. */
export interface RemoteImage {
  /** What deployments name. */
  readonly digest: string;
  /** Of its configuration, by which the engine knows the image. */
  readonly configuration?: string;
}

export type PushOutcome = 'pushed' | 'already pushed';

/**
 * What a registry has under a name; undefined when nothing. Docker's own credentials are used (`docker login`).
 *
 * @throws FabricaError `registry-refused`, `registry-down`
 */
export async function remoteImage(
  reference: string,
  options: DockerOptions,
): Promise<RemoteImage | undefined> {
  const inspect = (...how: string[]) =>
    docker(['buildx', 'imagetools', 'inspect', ...how, reference], options);
  const [described, raw] = await Promise.all([inspect('--format', '{{json .Manifest}}'), inspect('--raw')]);
  if (described.code !== 0) {
    if (/not found|manifest unknown|name unknown/i.test(described.stderr)) return undefined;
    throw registryFailure(described, reference);
  }
  const { digest } = JSON.parse(described.stdout) as { digest: string };
  const { config } = JSON.parse(raw.stdout) as { config?: { digest?: string } };
  return { digest, configuration: config?.digest };
}

/**
 * Pushes an image under a tag that never means anything else: a tag that is there with the same image is fine.
 *
 * @param image what the engine calls it
 * @throws FabricaError `tag-exists`, `registry-refused`, `registry-down`, `disk-full`
 */
export async function push(
  image: string,
  reference: string,
  options: DockerOptions,
): Promise<{ readonly outcome: PushOutcome; readonly digest: string }> {
  const before = await remoteImage(reference, options);
  if (before) {
    if (isSame(before, image)) return { outcome: 'already pushed', digest: before.digest };
    throw tagExists(reference, before);
  }
  await docker(['tag', image, reference], options);
  const result = await docker(['push', reference], options);
  if (result.code !== 0) throw registryFailure(result, reference);
  const after = await remoteImage(reference, options);
  // Registries take the last of two that push at once.
  if (!after || !isSame(after, image)) throw tagExists(reference, after);
  return { outcome: 'pushed', digest: after.digest };
}

function isSame({ digest, configuration }: RemoteImage, image: string): boolean {
  return image === configuration || image === digest;
}

function tagExists(reference: string, found?: RemoteImage): FabricaError {
  return new FabricaError(
    'tag-exists',
    `${reference} is there with another image${found ? ` (${found.digest.slice(0, 19)}…)` : ''}: a tag never changes its meaning`,
    { hint: 'commit what changed, which makes another tag; or name one: --tag=NAME' },
  );
}

function registryFailure(result: RunResult, reference: string): FabricaError {
  const host = reference.split('/')[0] as string;
  const said = result.stderr;
  if (/unauthorized|authentication required|denied|forbidden|no basic auth|\b40[13]\b/i.test(said))
    return failed(result, {
      code: 'registry-refused',
      message: `the registry ${host} refuses us`,
      hint: `docker login ${host}`,
    });
  if (/no space left on device|insufficient storage|\b507\b/i.test(said))
    return failed(result, {
      code: 'registry-full',
      message: `the registry ${host} has no space left`,
      hint: `ask who keeps ${host}, then push again: layers that are there are not sent twice`,
    });
  return failed(result, {
    code: 'registry-down',
    message: `the registry ${host} does not answer as it should`,
    hint: `check the address (images.registry in nx.json, or FABRICA_IMAGE_REGISTRY) and the network, then push again: layers that are there are not sent twice`,
  });
}

import { findUv } from '../python/uv';
import { normalise } from '../python/requirements';
import { wheelIdentity, type Wheel } from '../python/build';
import { FabricaError } from '../support/errors';
import { run } from '../support/processes';
import { filesOnIndex, hashOnIndex, refused } from './index-client';
import type { PypiRegistry } from './configuration';
import type { StartOptions } from './embedded';
import { refusePublic } from './public';

export type UploadOutcome = 'published' | 'already published';

/** The hash under which an index has this file; undefined when it hasn't. */
export async function hashOf(
  registry: PypiRegistry,
  file: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const files = await filesOnIndex(registry, normalise(wheelIdentity(file).name), signal);
  const found = files.find(({ name }) => name === file);
  return found && hashOnIndex(registry, found, signal);
}

/**
 * By the environment: arguments are for all to see. Without a user or a password uv would ask for them. What a person
 * has set for other uploads goes nowhere else: a token of a public index, the name of another index.
 */
function publishEnvironment({ publishUrl, username = '', password = '' }: PypiRegistry): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('UV_PUBLISH_'));
  return {
    ...Object.fromEntries(others),
    UV_PUBLISH_URL: publishUrl,
    UV_PUBLISH_USERNAME: username,
    UV_PUBLISH_PASSWORD: password,
  };
}

/**
 * Uploads a wheel, unless the index has it already. Safe when two do it at once: who comes second finds the same bytes.
 *
 * @throws FabricaError `public-registry`, `registry-down`, `registry-refused`, `upload-failed`, and what `differs` makes of the other hash.
 */
export async function upload(
  root: string,
  registry: PypiRegistry,
  wheel: Wheel,
  differs: (found: string) => FabricaError,
  options: StartOptions = {},
): Promise<UploadOutcome> {
  refusePublic(root, registry.publishUrl);
  const before = await hashOf(registry, wheel.file, options.signal);
  if (before === wheel.sha256) return 'already published';
  if (before) throw differs(before);
  const { code, stderr } = await run(
    await findUv(root, options),
    ['publish', '--no-progress', '--trusted-publishing', 'never', wheel.path],
    {
      cwd: root,
      signal: options.signal,
      env: publishEnvironment(registry),
    },
  );
  if (code === 0) return 'published';
  const status = Number(/status code (\d{3})/.exec(stderr)?.[1]);
  if (status === 401 || status === 403) throw refused(registry, status);
  const after = await hashOf(registry, wheel.file, options.signal);
  if (after === wheel.sha256) return 'already published';
  if (after) throw differs(after);
  throw new FabricaError(
    'upload-failed',
    `${wheel.file} could not be uploaded to ${registry.publishUrl}: ${stderr.trim().split('\n').slice(1, 4).join(' ')}`,
    {
      hint: registry.embedded
        ? 'npx nx run workspace:registries status'
        : 'check FABRICA_PYPI_PUBLISH_URL (or registries.pypi.publishUrl in nx.json), then the same command again',
    },
  );
}

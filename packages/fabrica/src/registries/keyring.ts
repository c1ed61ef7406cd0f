import { FabricaError } from '../support/errors';
import { run } from '../support/processes';
import { rememberSecret } from '../support/secrets';
import type { PypiRegistry } from './configuration';
import { basicToken } from './credentials';

/** Asked once by each command: a keyring may take a second, or ask the person. */
const asked = new Map<string, string>();

/**
 * A registry with the password that `keyring` has for its user, where that is wanted: the program of that name, as uv
 * asks it, so that the helpers of Google's and Amazon's registries work.
 *
 * @throws FabricaError `no-keyring`, `no-password`
 */
export async function withKeyring(registry: PypiRegistry, signal?: AbortSignal): Promise<PypiRegistry> {
  if (!registry.keyring) return registry;
  const { url, username } = registry;
  if (!username) throw noUser(registry);
  const key = `${username} ${url}`;
  const password = asked.get(key) ?? (await ask(url, username, signal));
  asked.set(key, password);
  return { ...registry, password };
}

/** By the address, else by the host alone. */
async function ask(url: string, username: string, signal?: AbortSignal): Promise<string> {
  for (const service of [url, new URL(url).host]) {
    const password = (await get(service, username, signal)).trim();
    if (!password) continue;
    rememberSecret(password);
    rememberSecret(basicToken({ username, password }));
    return password;
  }
  throw new FabricaError('no-password', `keyring has no password of ${username} for ${url}`, {
    hint: `keyring set ${url} ${username}, or log in with the tool of your registry; or set FABRICA_PYPI_PASSWORD`,
  });
}

async function get(service: string, username: string, signal?: AbortSignal): Promise<string> {
  try {
    const { code, stdout } = await run('keyring', ['get', service, username], { signal });
    return code === 0 ? stdout : '';
  } catch (error) {
    if (!(error instanceof FabricaError) || error.code !== 'program-missing') throw error;
    throw new FabricaError(
      'no-keyring',
      'the password is to come from a keyring, and keyring is not on the PATH',
      {
        hint: 'pipx install keyring, with the plugin of your registry; or set FABRICA_PYPI_PASSWORD',
        cause: error,
      },
    );
  }
}

function noUser({ url }: PypiRegistry): FabricaError {
  return new FabricaError('no-user', `a keyring is asked for the password of a user, and ${url} names none`, {
    hint: 'FABRICA_PYPI_USERNAME, or the user in the address: https://oauth2accesstoken@…',
  });
}

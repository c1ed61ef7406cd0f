import { FabricaError } from '../support/errors';
import { rememberSecret } from '../support/secrets';
import { readOptions } from '../workspace/options';

/** A Python index that holds the shared packages. */
export interface PypiRegistry {
  /** The simple index (PEP 503), with a slash at its end. */
  readonly url: string;
  /** Where distributions are uploaded to. */
  readonly publishUrl: string;
  readonly username?: string;
  readonly password?: string;
  /** Whether it is the workspace's own, which the toolkit starts and may fill from the repository. */
  readonly embedded: boolean;
}

export interface NpmRegistry {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  readonly embedded: boolean;
}

export type RegistryKind = 'pypi' | 'npm';

/**
 * The company's own Python index, when there is one: `FABRICA_PYPI_URL` (and `FABRICA_PYPI_PUBLISH_URL`), else
 * nx.json. The user and the password come from the environment alone: `FABRICA_PYPI_USERNAME`, `FABRICA_PYPI_PASSWORD`.
 */
export function configuredPypi(root: string, env: NodeJS.ProcessEnv = process.env): PypiRegistry | undefined {
  const options = readOptions(root).registries?.pypi;
  const url = env.FABRICA_PYPI_URL || options?.url;
  if (!url) return undefined;
  const { base, username, password } = withoutCredentials(url, 'FABRICA_PYPI_URL');
  rememberSecret(env.FABRICA_PYPI_PASSWORD);
  return {
    url: withSlash(base),
    publishUrl:
      env.FABRICA_PYPI_PUBLISH_URL ||
      (env.FABRICA_PYPI_URL ? undefined : options?.publishUrl) ||
      withSlash(base).replace(/\/simple\/$/, '/'),
    username: env.FABRICA_PYPI_USERNAME || username,
    password: env.FABRICA_PYPI_PASSWORD || password,
    embedded: false,
  };
}

/** The company's own npm registry, when there is one: `FABRICA_NPM_URL`, else nx.json; `FABRICA_NPM_TOKEN` publishes. */
export function configuredNpm(root: string, env: NodeJS.ProcessEnv = process.env): NpmRegistry | undefined {
  const url = env.FABRICA_NPM_URL || readOptions(root).registries?.npm?.url;
  if (!url) return undefined;
  const { base } = withoutCredentials(url, 'FABRICA_NPM_URL');
  rememberSecret(env.FABRICA_NPM_TOKEN);
  return { url: withSlash(base), token: env.FABRICA_NPM_TOKEN, embedded: false };
}

/** What uv gets to read the index: in its environment, where neither a list of processes nor a log shows it. */
export function indexEnvironment(
  registry: PypiRegistry,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  return {
    ...env,
    UV_INDEX: [`fabrica=${registry.url}`, env.UV_INDEX].filter(Boolean).join(' '),
    ...(registry.username ? { UV_INDEX_FABRICA_USERNAME: registry.username } : {}),
    ...(registry.password ? { UV_INDEX_FABRICA_PASSWORD: registry.password } : {}),
    // A pin in a project's lock is for all platforms; uv's own settings elsewhere must not bend it.
    UV_NO_PROGRESS: '1',
  };
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

/** An address with credentials in it still works, but they go where they belong, and never into a message. */
function withoutCredentials(
  url: string,
  name: string,
): { base: string; username?: string; password?: string } {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (error) {
    throw new FabricaError('bad-options', `${name} is not an address: ${url}`, { cause: error });
  }
  const { username, password } = parsed;
  rememberSecret(decodeURIComponent(password));
  parsed.username = parsed.password = '';
  return {
    base: parsed.href,
    username: decodeURIComponent(username) || undefined,
    password: decodeURIComponent(password) || undefined,
  };
}

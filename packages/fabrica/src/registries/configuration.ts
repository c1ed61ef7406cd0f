import { FabricaError } from '../support/errors';
import { rememberSecret } from '../support/secrets';
import { readOptions } from '../workspace/options';
import { basicToken } from './credentials';
import { npmrcCredentials } from './npmrc';

/** A Python index that holds the shared packages. */
export interface PypiRegistry {
  /** The simple index (PEP 503), with a slash at its end. */
  readonly url: string;
  /** Where distributions are uploaded to. */
  readonly publishUrl: string;
  readonly username?: string;
  readonly password?: string;
  /** Whether the password is asked of `keyring`. */
  readonly keyring?: boolean;
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
 * A user without a password is a token; or the password is in a keyring, which the variable of uv says, or nx.json.
 */
export function configuredPypi(root: string, env: NodeJS.ProcessEnv = process.env): PypiRegistry | undefined {
  const options = readOptions(root).registries?.pypi;
  const url = env.FABRICA_PYPI_URL || options?.url;
  if (!url) return undefined;
  const index = readAddress(url, 'FABRICA_PYPI_URL');
  const stated = env.FABRICA_PYPI_PUBLISH_URL || (env.FABRICA_PYPI_URL ? undefined : options?.publishUrl);
  const publish = stated === undefined ? undefined : readAddress(stated, 'FABRICA_PYPI_PUBLISH_URL');
  rememberSecret(env.FABRICA_PYPI_PASSWORD);
  const username = env.FABRICA_PYPI_USERNAME || index.username || publish?.username;
  const password = env.FABRICA_PYPI_PASSWORD || index.password || publish?.password;
  const keyring = !password && (options?.keyring || env.UV_KEYRING_PROVIDER === 'subprocess');
  if (!password && !keyring) rememberSecret(username);
  rememberSecret(username && basicToken({ username, password: password ?? '' }));
  return {
    url: withSlash(index.base),
    publishUrl: publish?.base ?? withSlash(index.base).replace(/\/simple\/$/, '/'),
    username,
    password,
    ...(keyring ? { keyring } : {}),
    embedded: false,
  };
}

/**
 * The company's own npm registry, when there is one: `FABRICA_NPM_URL`, else nx.json. Its token is `FABRICA_NPM_TOKEN`,
 * or what the `.npmrc` of the person, or of the workspace, has for that registry.
 */
export function configuredNpm(root: string, env: NodeJS.ProcessEnv = process.env): NpmRegistry | undefined {
  const url = env.FABRICA_NPM_URL || readOptions(root).registries?.npm?.url;
  if (!url) return undefined;
  const { base, ...credentials } = readAddress(url, 'FABRICA_NPM_URL');
  rememberSecret(env.FABRICA_NPM_TOKEN);
  const stated = { ...credentials, token: env.FABRICA_NPM_TOKEN || undefined };
  const known = stated.token || stated.password ? stated : npmrcCredentials(root, withSlash(base), env);
  return { url: withSlash(base), ...known, embedded: false };
}

/** What uv gets to read the index: in its environment, where neither a list of processes nor a log shows it. */
export function indexEnvironment(
  registry: PypiRegistry,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  return {
    ...env,
    UV_INDEX: [`fabrica=${registry.url}`, env.UV_INDEX].filter(Boolean).join(' '),
    // What the private index has is taken from there alone, also where a person prefers the newest of all indexes.
    UV_INDEX_STRATEGY: 'first-index',
    ...(registry.username ? { UV_INDEX_FABRICA_USERNAME: registry.username } : {}),
    ...(registry.password ? { UV_INDEX_FABRICA_PASSWORD: registry.password } : {}),
    // A pin in a project's lock is for all platforms; uv's own settings elsewhere must not bend it.
    UV_NO_PROGRESS: '1',
  };
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

interface Address {
  readonly base: string;
  readonly username?: string;
  readonly password?: string;
}

/** An address with credentials in it still works, but they go where they belong, and never into a message. */
function readAddress(url: string, name: string): Address {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw notAnAddress(url, name);
  const { username, password } = parsed;
  parsed.username = parsed.password = '';
  if (!username && !password) return { base: parsed.href };
  const credentials = { username: decode(username), password: decode(password) || undefined };
  rememberSecret(credentials.password);
  return { base: parsed.href, ...credentials };
}

function notAnAddress(url: string, name: string): FabricaError {
  const shown = url.replace(/^.*@/, '***@');
  return new FabricaError('bad-options', `${name} is ${shown}: that is no address with http:// or https://`, {
    hint: `export ${name}=https://${shown.replace(/^(\w*:?\/\/|https?:\/*|\/*)/i, '')}`,
  });
}

/** A percent sign that stands for itself is taken as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

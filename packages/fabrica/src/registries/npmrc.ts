import { homedir } from 'node:os';
import { join } from 'node:path';
import { readIfThere } from '../support/files';
import { rememberSecret } from '../support/secrets';

export interface NpmCredentials {
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
}

/**
 * What `.npmrc` has for a registry: the workspace's, else the person's. npm says it to nobody else (`npm config get`
 * refuses), so the file is read as npm reads it: for the address, else for a folder above it, with variables.
 *
 * @param url with a slash at its end
 */
export function npmrcCredentials(
  root: string,
  url: string,
  env: NodeJS.ProcessEnv = process.env,
): NpmCredentials {
  const person =
    env.NPM_CONFIG_USERCONFIG || env.npm_config_userconfig || join(env.HOME || homedir(), '.npmrc');
  const settings = new Map([person, join(root, '.npmrc')].flatMap((file) => [...settingsIn(file, env)]));
  const { host, pathname } = new URL(url);
  for (let place = `//${host}${pathname}`; place.length > '//'.length; place = above(place)) {
    const found = credentialsAt(place, settings);
    if (found) return found;
  }
  return {};
}

function above(place: string): string {
  return place.replace(/([^/]+|\/)$/, '');
}

function credentialsAt(place: string, settings: ReadonlyMap<string, string>): NpmCredentials | undefined {
  const get = (key: string) => settings.get(`${place}:${key}`);
  const [token, basic, username, encoded] = [
    get('_authToken'),
    get('_auth'),
    get('username'),
    get('_password'),
  ];
  for (const secret of [token, basic, encoded]) rememberSecret(secret);
  if (token) return { token };
  if (basic) {
    const [name = '', ...rest] = decode(basic).split(':');
    return remembered({ username: name, password: rest.join(':') });
  }
  return username && encoded ? remembered({ username, password: decode(encoded) }) : undefined;
}

function remembered(credentials: NpmCredentials): NpmCredentials {
  rememberSecret(credentials.password);
  return credentials;
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString();
}

function settingsIn(file: string, env: NodeJS.ProcessEnv): [key: string, value: string][] {
  const lines = (readIfThere(file) ?? '').split(/\r?\n/);
  return lines.flatMap((line): [string, string][] => {
    const [, key = '', value = ''] = /^\s*(\/\/[^=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return key ? [[key, withVariables(value.replace(/^(["'])(.*)\1$/, '$2'), env)]] : [];
  });
}

/** A variable that isn't set stays as it is written, as npm does it. */
function withVariables(text: string, env: NodeJS.ProcessEnv): string {
  return text.replaceAll(/\$\{([^}]+)\}/g, (all, name: string) => env[name] ?? all);
}

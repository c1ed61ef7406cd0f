import { createRequire } from 'node:module';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { readFileSync, readdirSync } from 'node:fs';
import { FabricaError, messageOf } from '../support/errors';
import { readIfThere, writeAtomically } from '../support/files';
import { run, runOrFail } from '../support/processes';
import type { NpmRegistry } from './configuration';
import { embeddedCredentials, passwordFile, registryFolder } from './credentials';
import type { EmbeddedServer, StartOptions } from './embedded';

/** Names that are only ever ours, also in a workspace that holds none of their sources. */
const OURS = ['fabrica', 'create-fabrica', '@fabrica/*'];

/** The registry at an embedded server's address, as its clients see it. */
export function embeddedNpm(root: string, address: string): NpmRegistry {
  return { url: address, ...embeddedCredentials(root), embedded: true };
}

/**
 * Verdaccio: the workspace's own packages live here alone; others are passed on from the registry that npm is
 * configured for, so that a package installs with what it depends on.
 */
export async function npmServer(root: string, options: StartOptions = {}): Promise<EmbeddedServer> {
  const folder = registryFolder(root, 'npm');
  const configuration = JSON.stringify(await verdaccioConfiguration(root, folder, options), null, 2) + '\n';
  return {
    kind: 'npm',
    title: 'the private npm registry',
    settings: createHash('sha256').update(configuration).digest('hex'),
    check: (address, signal) => checkNpm(embeddedNpm(root, address), signal),
    async command(port) {
      passwordFile(folder, embeddedCredentials(root));
      const file = join(folder, 'config.yaml');
      writeAtomically(file, configuration, 0o600);
      return {
        command: process.execPath,
        args: [verdaccioProgram(root), '--config', file, '--listen', `127.0.0.1:${port}`],
      };
    },
  };
}

/** JSON is YAML too. */
async function verdaccioConfiguration(
  root: string,
  folder: string,
  { signal }: StartOptions,
): Promise<object> {
  const own = [...new Set([...OURS, ...workspaceNames(root)])];
  const access = { access: '$all', publish: '$authenticated', unpublish: '$authenticated' };
  const upstream = await npmRegistry(root, signal);
  return {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: -1, algorithm: 'bcrypt' } },
    uplinks: upstream ? { upstream: { url: upstream, maxage: '10m' } } : {},
    packages: {
      ...Object.fromEntries(own.map((name) => [name, access])),
      '**': { ...access, ...(upstream ? { proxy: 'upstream' } : {}) },
    },
    web: { enable: false },
    max_body_size: '200mb',
    log: { type: 'stdout', format: 'json', level: 'warn' },
  };
}

/** The names of the npm packages that are developed in this workspace. */
function workspaceNames(root: string): string[] {
  const folder = join(root, 'packages');
  let entries: string[];
  try {
    entries = readdirSync(folder);
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const text = readIfThere(join(folder, entry, 'package.json'));
    const { name } = text === undefined ? {} : (JSON.parse(text) as { name?: string });
    return name ? [name] : [];
  });
}

async function npmRegistry(root: string, signal?: AbortSignal): Promise<string | undefined> {
  const { code, stdout } = await run('npm', ['config', 'get', 'registry'], { cwd: root, signal });
  const url = stdout.trim();
  return code === 0 && /^https?:/.test(url) ? url : undefined;
}

function verdaccioProgram(root: string): string {
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve('verdaccio/package.json');
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: string | Record<string, string> };
    return join(dirname(manifest), typeof bin === 'string' ? bin : (bin.verdaccio as string));
  } catch (error) {
    throw new FabricaError(
      'verdaccio-missing',
      'Verdaccio, the private npm registry, is not installed in this workspace',
      {
        hint: 'npm install --save-dev verdaccio@6.8.0, or name the registry that you have: FABRICA_NPM_URL',
        cause: error,
      },
    );
  }
}

/** Whether the registry answers and knows who we are. */
export async function checkNpm(registry: NpmRegistry, signal?: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(10_000);
  let response: Response;
  try {
    response = await fetch(new URL('-/whoami', registry.url), {
      headers: npmHeaders(registry),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (error) {
    signal?.throwIfAborted();
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? messageOf(error);
    throw new FabricaError('registry-down', `the registry ${registry.url} does not answer (${cause})`, {
      hint: npmHint(registry),
      cause: error,
    });
  }
  const { username } = (await response.json().catch(() => ({}))) as { username?: string };
  if (!response.ok || !username) {
    throw new FabricaError(
      'registry-refused',
      `the registry ${registry.url} refuses to say who we are (${response.status})`,
      { hint: npmHint(registry) },
    );
  }
}

function npmHint(registry: NpmRegistry): string {
  return registry.embedded
    ? 'npx nx run workspace:registries reset'
    : 'check FABRICA_NPM_URL, and FABRICA_NPM_TOKEN or .npmrc';
}

/** The header that says who we are. */
export function npmHeaders({ token, username, password }: NpmRegistry): Record<string, string> {
  if (token) return { authorization: `Bearer ${token}` };
  if (!username || !password) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/** What a run of npm is about: where it runs, and what a person is told when it fails. */
export interface NpmRun extends StartOptions {
  readonly cwd: string;
  readonly message: string;
  /** The package: `@acme/ui`. */
  readonly name: string;
}

/** Runs npm with what it needs to write to a registry. It reads credentials from files alone: this one names the variable that holds them. */
export async function runNpm(
  registry: NpmRegistry,
  args: readonly string[],
  { cwd, message, name, signal }: NpmRun,
): Promise<void> {
  const file = join(cwd, 'npmrc');
  const { host, pathname } = new URL(registry.url);
  const [scheme, secret = ''] = (npmHeaders(registry).authorization ?? '').split(' ');
  const key = scheme === 'Bearer' ? '_authToken' : '_auth';
  writeAtomically(
    file,
    `registry=${registry.url}\n//${host}${pathname}:${key}=\${FABRICA_NPM_AUTH}\n`,
    0o600,
  );
  // The registry of a scope, in whichever .npmrc or publishConfig, would be taken before the one that is named.
  const scope = /^(@[^/]+)\//.exec(name)?.[1];
  const place = ['--registry', registry.url, ...(scope ? [`--${scope}:registry=${registry.url}`] : [])];
  await runOrFail('npm', [...args, ...place, '--userconfig', file, '--ignore-scripts'], {
    cwd,
    signal,
    env: { ...process.env, FABRICA_NPM_AUTH: secret },
    failure: {
      code: 'upload-failed',
      message,
      hint: registry.embedded
        ? 'npx nx run workspace:registries status'
        : 'check FABRICA_NPM_URL, and FABRICA_NPM_TOKEN or .npmrc',
    },
  });
}

import { createHash } from 'node:crypto';
import { wheelIdentity } from '../python/build';
import { compareVersions, isVersion } from '../python/versions';
import { FabricaError, messageOf } from '../support/errors';
import { basicToken } from './credentials';
import type { PypiRegistry } from './configuration';

/** A file that an index offers. */
export interface IndexFile {
  readonly name: string;
  readonly url: string;
  /** Bare hex; undefined when the index doesn't say. */
  readonly sha256?: string;
}

const JSON_INDEX = 'application/vnd.pypi.simple.v1+json';
const TIMEOUT = 30_000;

/**
 * The files of a distribution on an index; none when it doesn't know the name.
 *
 * @throws FabricaError `registry-down`, `registry-refused`, `registry-broken`: with the variable to set.
 */
export async function filesOnIndex(
  registry: PypiRegistry,
  name: string,
  signal?: AbortSignal,
): Promise<IndexFile[]> {
  const url = new URL(`${name}/`, registry.url);
  const response = await ask(registry, url, signal);
  if (response.status === 404) return [];
  const body = await response.text();
  const files = response.headers.get('content-type')?.includes('json') ? fromJson(body) : fromHtml(body);
  return files.map((file) => ({ ...file, url: new URL(file.url, response.url || url).href }));
}

/** The versions of a distribution that an index offers, oldest first. */
export async function versionsOnIndex(
  registry: PypiRegistry,
  name: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const files = await filesOnIndex(registry, name, signal);
  const versions = files.map((file) => versionOf(file.name)).filter(isVersion);
  return [...new Set(versions)].sort(compareVersions);
}

/** The version that a file's name says: of a wheel, or of an archive of sources (`acme_tools-1.0.tar.gz`). */
function versionOf(file: string): string {
  return file.endsWith('.whl') ? wheelIdentity(file).version : file.replace(/^.*-|\.(tar\.gz|zip)$/g, '');
}

/** The sha256 of a file on an index: what the index says, or the file's own where it says nothing. */
export async function hashOnIndex(
  registry: PypiRegistry,
  file: IndexFile,
  signal?: AbortSignal,
): Promise<string> {
  if (file.sha256) return file.sha256;
  return createHash('sha256')
    .update(await downloadFromIndex(registry, file, signal))
    .digest('hex');
}

/** The bytes of a file on an index. */
export async function downloadFromIndex(
  registry: PypiRegistry,
  file: IndexFile,
  signal?: AbortSignal,
): Promise<Buffer> {
  const response = await ask(registry, new URL(file.url), signal);
  return Buffer.from(await response.arrayBuffer());
}

/** Whether the index answers and takes our password: asks for a distribution that nobody has. */
export async function checkIndex(registry: PypiRegistry, signal?: AbortSignal): Promise<void> {
  await filesOnIndex(registry, 'fabrica-registry-check', signal);
}

async function ask(registry: PypiRegistry, url: URL, signal?: AbortSignal): Promise<Response> {
  const { username = '', password = '' } = registry;
  const headers: Record<string, string> = { accept: `${JSON_INDEX}, text/html;q=0.5` };
  // Only the index's own host gets the password.
  if ((username || password) && url.host === new URL(registry.url).host)
    headers.authorization = `Basic ${basicToken({ username, password })}`;
  const limit = AbortSignal.timeout(TIMEOUT);
  let response: Response;
  try {
    response = await fetch(url, { headers, signal: signal ? AbortSignal.any([signal, limit]) : limit });
  } catch (error) {
    signal?.throwIfAborted();
    throw down(registry, error);
  }
  if (response.status === 401 || response.status === 403) throw refused(registry, response.status);
  if (!response.ok && response.status !== 404) {
    throw new FabricaError(
      'registry-broken',
      `the registry ${registry.url} answers ${response.status} ${response.statusText}`,
      { hint: waysOut(registry) },
    );
  }
  return response;
}

function down(registry: PypiRegistry, error: unknown): FabricaError {
  const cause = (error as { cause?: { code?: string } }).cause?.code ?? messageOf(error);
  return new FabricaError('registry-down', `the registry ${registry.url} does not answer (${cause})`, {
    hint: waysOut(registry),
    cause: error,
  });
}

/** The error for a registry that refuses us. */
export function refused(registry: PypiRegistry, status: number): FabricaError {
  const who = registry.username ? `the password of ${registry.username}` : 'a request without a user';
  return new FabricaError('registry-refused', `the registry ${registry.url} refuses ${who} (${status})`, {
    hint: registry.embedded
      ? 'npx nx run workspace:registries reset'
      : 'set FABRICA_PYPI_USERNAME and FABRICA_PYPI_PASSWORD; a token ends, so it may be time for a new one',
  });
}

function waysOut(registry: PypiRegistry): string {
  return registry.embedded
    ? 'npx nx run workspace:registries stop, then try again'
    : 'check FABRICA_PYPI_URL (or registries.pypi.url in nx.json) and the network';
}

function fromJson(body: string): IndexFile[] {
  const { files = [] } = JSON.parse(body) as {
    files?: { filename: string; url: string; hashes?: { sha256?: string } }[];
  };
  return files.map(({ filename, url, hashes }) => ({ name: filename, url, sha256: hashes?.sha256 }));
}

/** The links of a simple index's page: PEP 503 fixes their form. */
function fromHtml(body: string): IndexFile[] {
  return [...body.matchAll(/<a\s[^>]*?href\s*=\s*["']([^"']+)["'][^>]*>([^<]*)<\/a>/gi)].map(
    ([, href, text]) => {
      const link = (href as string).replaceAll('&amp;', '&');
      return { name: (text as string).trim(), url: link, sha256: /#sha256=([0-9a-f]{64})/.exec(link)?.[1] };
    },
  );
}

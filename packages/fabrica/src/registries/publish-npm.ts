import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { FabricaError, messageOf } from '../support/errors';
import { inTemporaryFolder } from '../support/files';
import { runOrFail } from '../support/processes';
import type { NpmRegistry } from './configuration';
import type { StartOptions } from './embedded';
import { ignoredIn, isRepository } from './git';
import { npmHeaders, runNpm } from './npm';
import { refusePublic, refuseRedirect } from './public';

export interface PublishedNpm {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly outcome: 'published' | 'already published';
}

export interface PublishNpmOptions extends StartOptions {
  /** The name under which others install it without a version; `latest`, or that of the stage of a pre-release. */
  readonly tag?: string;
}

/**
 * Publishes a built npm package. npm's archives are deterministic, so the same version with the same content is
 * recognised; other content is refused.
 *
 * @throws FabricaError `public-registry`, `redirected`, `other-bytes`, `ignored-file`, `registry-down`, `registry-refused`, `pack-failed`, `upload-failed`.
 */
export async function publishNpm(
  root: string,
  folder: string,
  registry: NpmRegistry,
  { signal, tag }: PublishNpmOptions = {},
): Promise<PublishedNpm> {
  refusePublic(root, registry.url);
  return inTemporaryFolder(root, async (draft) => {
    const packed = await pack(root, folder, draft, signal);
    const isThere = async (): Promise<boolean> => {
      const found = await integrityOf(registry, packed.name, packed.version, signal);
      if (found && found !== packed.integrity) throw differs(packed, registry, folder);
      return found !== undefined;
    };
    if (await isThere()) return { ...packed, outcome: 'already published' };
    await refuseRedirect(new URL(packed.name.replace('/', '%2f'), registry.url), signal);
    try {
      await runNpm(registry, ['publish', packed.path, '--tag', tag ?? stageOf(packed.version)], {
        cwd: draft,
        name: packed.name,
        signal,
        message: `${packed.name} ${packed.version} could not be published to ${registry.url}`,
      });
    } catch (error) {
      // Somebody else was faster, or all of it arrived.
      if (signal?.aborted || !(await isThere())) throw error;
      return { ...packed, outcome: 'already published' };
    }
    return { ...packed, outcome: 'published' };
  });
}

/** `beta` for 0.2.0-beta.1: whoever installs without a version goes on getting the newest release. */
function stageOf(version: string): string {
  return /^[^-+]+-([a-z]+)/i.exec(version)?.[1] ?? 'latest';
}

interface Packed {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  /** `sha512-…`, as registries state it. */
  readonly integrity: string;
}

async function pack(root: string, folder: string, into: string, signal?: AbortSignal): Promise<Packed> {
  const failure = { code: 'pack-failed', message: `${folder} could not be packed` };
  const { stdout } = await runOrFail(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', into],
    { cwd: join(root, folder), signal, failure },
  );
  const [said] = Object.values(
    JSON.parse(stdout) as Record<
      string,
      { name: string; version: string; filename: string; files?: { path: string }[] }
    >,
  );
  if (!said) throw new FabricaError('pack-failed', `${folder} could not be packed: npm said nothing`);
  if (await isRepository(root)) await refuseIgnored(root, folder, said.files ?? []);
  const path = join(into, said.filename.replace('@', '').replace('/', '-'));
  const integrity = `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`;
  return { name: said.name, version: said.version, path, integrity };
}

/**
 * A file that git ignores among the sources is a log or a secret, and no clone has it. A folder that is ignored as a
 * whole is another matter: what the build made.
 */
async function refuseIgnored(
  root: string,
  folder: string,
  files: readonly { path: string }[],
): Promise<void> {
  const ignored = new Set(await ignoredIn(root, folder));
  const found = files.map(({ path }) => path).filter((path) => ignored.has(path));
  if (!found.length) return;
  throw new FabricaError(
    'ignored-file',
    `${folder} would be published with what git ignores: ${found.join(', ')}`,
    {
      hint: `name what belongs to the package under "files" in ${folder}/package.json, or remove it: rm ${found.map((path) => `${folder}/${path}`).join(' ')}`,
    },
  );
}

/** What an npm registry says of a version's bytes (`sha512-…`); undefined when it has no such version. */
export async function integrityOf(
  registry: NpmRegistry,
  name: string,
  version: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const limit = AbortSignal.timeout(30_000);
  let response: Response;
  try {
    response = await fetch(new URL(name.replace('/', '%2f'), registry.url), {
      headers: npmHeaders(registry),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw new FabricaError(
      'registry-down',
      `the registry ${registry.url} does not answer (${messageOf((error as Error).cause ?? error)})`,
      { hint: 'check FABRICA_NPM_URL', cause: error },
    );
  }
  if (response.status === 401 || response.status === 403) {
    throw new FabricaError(
      'registry-refused',
      `the registry ${registry.url} refuses us (${response.status})`,
      { hint: 'set FABRICA_NPM_TOKEN, or the token of that registry in .npmrc' },
    );
  }
  if (response.status === 404) return undefined;
  if (!response.ok)
    throw new FabricaError(
      'registry-broken',
      `the registry ${registry.url} answers ${response.status} ${response.statusText}`,
      { hint: 'check FABRICA_NPM_URL (or registries.npm.url in nx.json) and the network' },
    );
  const { versions = {} } = (await response.json()) as {
    versions?: Record<string, { dist?: { integrity?: string } }>;
  };
  const found = versions[version];
  return found && (found.dist?.integrity ?? 'unknown');
}

/** Whether the registry answers and lets us read: asks for a package that nobody has. */
export async function checkNpmRegistry(registry: NpmRegistry, signal?: AbortSignal): Promise<void> {
  await integrityOf(registry, 'fabrica-registry-check', '0.0.0', signal);
}

function differs({ name, version }: Packed, registry: NpmRegistry, folder: string): FabricaError {
  return new FabricaError(
    'other-bytes',
    `${name} ${version} exists already on ${registry.url} with other bytes`,
    {
      hint: `a version never changes: raise "version" in ${folder}/package.json, build, and publish again`,
    },
  );
}

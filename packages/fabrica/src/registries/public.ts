import { FabricaError } from '../support/errors';
import { readOptions } from '../workspace/options';

/** The domains of the registries from which all the world installs, and of where they take uploads. */
const PUBLIC = /(^|\.)(pypi\.org|pythonhosted\.org|npmjs\.(org|com)|yarnpkg\.com|jsr\.io)\.?$/;

/** Whether all the world can install what is at an address. */
export function isPublic(url: string): boolean {
  return PUBLIC.test(new URL(url).hostname);
}

/**
 * A package of a workspace is nobody else's business, and what is public stays so: nothing is sent to a public registry
 * unless nx.json says that it is meant.
 *
 * @throws FabricaError `public-registry`
 */
export function refusePublic(root: string, url: string): void {
  if (!isPublic(url) || readOptions(root).registries?.public) return;
  const { host } = new URL(url);
  throw new FabricaError(
    'public-registry',
    `${host} is public: all the world could install what is sent there`,
    {
      hint: [
        'name your own registry: FABRICA_PYPI_URL, FABRICA_PYPI_PUBLISH_URL or FABRICA_NPM_URL, or registries in nx.json',
        'or, when it is meant, in nx.json, options of fabrica/plugin: "registries": { "public": true }',
      ].join('\n'),
    },
  );
}

/**
 * npm follows a redirect of an upload, to wherever that leads: so the registry is asked first, without a word about
 * who we are, so that it takes nothing.
 *
 * @param url where a package is sent to
 * @throws FabricaError `redirected` when it sends us to another host
 */
export async function refuseRedirect(url: URL, signal?: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(30_000);
  const response = await fetch(url, {
    method: 'PUT',
    body: '{}',
    headers: { 'content-type': 'application/json' },
    redirect: 'manual',
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  }).catch(() => signal?.throwIfAborted());
  // Whether it answers at all is for the upload to say.
  const location =
    response && response.status >= 300 && response.status < 400 && response.headers.get('location');
  if (!location) return;
  const target = new URL(location, url);
  if (target.host === url.host) return;
  throw new FabricaError(
    'redirected',
    `${url.host} sends uploads on to ${target.host}: nothing was sent there`,
    {
      hint: `when that is your registry, name it: FABRICA_NPM_URL=${target.origin}/, or registries.npm.url in nx.json`,
    },
  );
}

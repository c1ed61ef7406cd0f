import { FabricaError } from '../support/errors';
import { readOptions } from '../workspace/options';

/** The domains of the registries from which all the world installs, and of where they take uploads. */
const PUBLIC = /(^|\.)(pypi\.org|pythonhosted\.org|npmjs\.(org|com)|yarnpkg\.com|jsr\.io)$/;

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

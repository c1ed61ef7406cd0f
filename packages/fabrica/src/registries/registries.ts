import { configuredNpm, configuredPypi, type NpmRegistry, type PypiRegistry } from './configuration';
import { ensureEmbedded, type StartOptions } from './embedded';
import { withKeyring } from './keyring';
import { embeddedNpm, npmServer } from './npm';
import { embeddedPypi, pypiServer } from './pypi';

/**
 * The Python index that holds the shared packages: the company's, or the workspace's own, which is started when it
 * isn't up and found again when it is. Whoever is second to start it waits for the first.
 *
 * @throws FabricaError when the own one does not start; the company's is not asked here.
 */
export async function ensurePypi(root: string, options: StartOptions = {}): Promise<PypiRegistry> {
  const own = configuredPypi(root);
  if (own) return withKeyring(own, options.signal);
  return embeddedPypi(root, await ensureEmbedded(root, pypiServer(root, options), options));
}

/** The npm registry: the company's, or the workspace's own (Verdaccio). */
export async function ensureNpm(root: string, options: StartOptions = {}): Promise<NpmRegistry> {
  return (
    configuredNpm(root) ??
    embeddedNpm(root, await ensureEmbedded(root, await npmServer(root, options), options))
  );
}

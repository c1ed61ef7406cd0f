import { pinnedTool } from '../python/tools';
import type { PypiRegistry } from './configuration';
import { embeddedCredentials, passwordFile, registryFolder } from './credentials';
import { type EmbeddedServer, type StartOptions } from './embedded';
import { checkIndex } from './index-client';

/** Where the embedded index keeps its files. */
export function pypiStorage(root: string): string {
  return registryFolder(root, 'pypi', 'packages');
}

/** The registry at an embedded server's address, as its clients see it. */
export function embeddedPypi(root: string, address: string): PypiRegistry {
  return { url: `${address}simple/`, publishUrl: address, ...embeddedCredentials(root), embedded: true };
}

/**
 * pypiserver: private packages only (no fallback to another index), and nothing without the password. It runs on
 * waitress, which it takes when it is installed: uv opens a connection per package at once, and the standard library's server queues five, so that the
 * others wait seconds for a second try.
 */
export function pypiServer(root: string, options: StartOptions = {}): EmbeddedServer {
  const folder = registryFolder(root, 'pypi');
  return {
    kind: 'pypi',
    title: 'the private Python index',
    settings: 'waitress',
    check: (address, signal) => checkIndex(embeddedPypi(root, address), signal),
    async command(port) {
      const python = await pinnedTool(root, 'pypiserver', options);
      const passwords = passwordFile(folder, embeddedCredentials(root));
      const args = ['-I', '-m', 'pypiserver', 'run', '-i', '127.0.0.1', '-p', String(port), '-P', passwords];
      return {
        command: python,
        args: [
          ...args,
          '-a',
          'update,download,list',
          '--disable-fallback',
          '--hash-algo',
          'sha256',
          '--backend',
          'simple-dir',
          pypiStorage(root),
        ],
      };
    },
  };
}

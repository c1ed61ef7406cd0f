import { existsSync, renameSync, rmSync } from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pythonOf } from '../../bin/shared.cjs';
import { findPython } from '../python/interpreter';
import { findUv, pins } from '../python/uv';
import { stateFolder } from '../support/files';
import { withLock } from '../support/lock';
import { runOrFail } from '../support/processes';
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
      const python = await serverPython(root, options);
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

/** The interpreter of pypiserver's own environment, which is made once from the pins that the plugin ships. */
async function serverPython(root: string, options: StartOptions): Promise<string> {
  const digest = createHash('sha256')
    .update(readFileSync(pins('pypiserver')))
    .digest('hex')
    .slice(0, 12);
  const home = stateFolder(root, 'tools', `pypiserver-${digest}`);
  if (!existsSync(pythonOf(home)))
    await withLock(
      root,
      'pypiserver',
      async () => existsSync(pythonOf(home)) || install(root, home, options),
      options,
    );
  return pythonOf(home);
}

async function install(root: string, home: string, { signal, progress }: StartOptions): Promise<void> {
  const [uv, python] = [await findUv(root, { signal, progress }), await findPython({ signal })];
  const draft = `${home}.${randomUUID().slice(0, 8)}`;
  const failure = {
    code: 'registry-install',
    message: 'pypiserver could not be installed from the package index',
    hint: 'check the index that uv uses (UV_DEFAULT_INDEX)',
  };
  try {
    await runOrFail(uv, ['venv', '--quiet', '--no-project', '--python', python.path, join(draft, '.venv')], {
      signal,
      failure,
    });
    await runOrFail(
      uv,
      ['pip', 'sync', '--quiet', '--require-hashes', '--python', pythonOf(draft), pins('pypiserver')],
      { signal, failure },
    );
    rmSync(home, { recursive: true, force: true });
    renameSync(draft, home);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

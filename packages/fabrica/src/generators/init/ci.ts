import { detectPackageManager, generateFiles, OverwriteStrategy, readNxJson, type Tree } from '@nx/devkit';
import { join } from 'node:path';
import { parseOptions } from '../../workspace';

/** What installs just what the lock says. */
const INSTALL = {
  npm: 'npm ci',
  pnpm: 'pnpm install --frozen-lockfile',
  yarn: 'yarn install --immutable',
  bun: 'bun install --frozen-lockfile',
};

/**
 * Writes GitHub's workflow, unless there is one: the checks between its markers are filled in, and kept, by `nx sync`.
 * The secrets that it names are those of the registries that nx.json names.
 */
export function addCi(tree: Tree): void {
  const nxJson = readNxJson(tree) ?? {};
  const { registries } = parseOptions(JSON.stringify(nxJson));
  const manager = detectPackageManager(tree.root);
  const values = {
    branch: nxJson.defaultBase ?? 'main',
    manager,
    install: INSTALL[manager],
    pypi: registries?.pypi?.url,
    npm: registries?.npm?.url,
  };
  generateFiles(tree, join(__dirname, 'files'), '.', values, {
    overwriteStrategy: OverwriteStrategy.KeepExisting,
  });
}

import { join } from 'node:path';
import { pythonPackages, type PythonPackage } from '../python/packages';
import { readPyproject } from '../python/pyproject';
import { DEV_LOCK, readLock } from '../python/requirements';
import { satisfies } from '../python/versions';
import { FabricaError } from '../support/errors';
import { didYouMean } from '../workspace';

/**
 * The shared packages that `--with` names: their code is read from the working tree, before the release that the lock
 * pins.
 *
 * @throws FabricaError `unknown-package`
 */
export function packagesNamed(root: string, names: readonly string[]): PythonPackage[] {
  const all = pythonPackages(root);
  return [...new Set(names)].map((name) => {
    const found = all.find((one) => one.name === name || one.distribution === name);
    if (found) return found;
    const known = all.map((one) => one.name);
    throw new FabricaError(
      'unknown-package',
      `there is no Python package packages/${name}${didYouMean(name, known)}`,
      {
        hint: known.length
          ? `--with one of ${known.join(', ')}`
          : `npx nx g fabrica:package ${name} starts one`,
      },
    );
  });
}

/** What packages of the working tree need that the lock of a project doesn't give them: a line for each. */
export function unmetBy(root: string, folder: string, packages: readonly PythonPackage[]): string[] {
  const pins = readLock(join(root, folder), DEV_LOCK) ?? [];
  const own = new Set(packages.map(({ distribution }) => distribution));
  return packages.flatMap(({ name, folder: at }) =>
    readPyproject(join(root, at))
      .dependencies.filter((one) => !own.has(one.name) && !one.marker)
      .flatMap((one) => {
        const versions = pins.filter((pin) => pin.name === one.name).map(({ version }) => version);
        if (versions.some((version) => satisfies(version, one.specifier))) return [];
        return [`packages/${name} wants ${one.text}, the lock has ${versions.join(', ') || 'none'}`];
      }),
  );
}

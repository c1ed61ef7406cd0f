import type { ProjectConfiguration } from '@nx/devkit';
import { join } from 'node:path';
import { readPyproject } from '../python/pyproject';
import { projectsThatPin, type PinningProject } from '../uses';
import { FabricaError } from '../support/errors';
import { didYouMean, readSettings } from '../workspace';
import { testWords } from './test-target';

/** A project whose locks have a shared package. */
export interface User extends PinningProject {
  readonly name: string;
  readonly owner: string;
  /** The command of its target `test`; undefined where that is more than a command in its environment. */
  readonly test: readonly string[] | undefined;
}

/** The projects whose locks have a package, directly or through another one. */
export function usersOf(
  root: string,
  distribution: string,
  configurations: Readonly<Record<string, ProjectConfiguration>>,
): User[] {
  return projectsThatPin(root, distribution).map((pinning) => ({
    ...pinning,
    name: readPyproject(join(root, pinning.folder)).name,
    owner: readSettings(root, pinning.folder).owner,
    test: testWords(Object.values(configurations).find((one) => one.root === pinning.folder)?.targets?.test),
  }));
}

/** What `--to` says for all users of the package. */
export const EVERYBODY = 'projects';

/**
 * The users that `--to` names.
 *
 * @throws FabricaError `not-a-user`
 */
export function chooseUsers(users: readonly User[], to: string, distribution: string): User[] {
  if (to === EVERYBODY) return [...users];
  const names = [...new Set(to.split(',').map((name) => name.trim()))].filter(Boolean);
  const known = users.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new FabricaError(
      'not-a-user',
      `no project "${unknown}" has ${distribution} in its lock${didYouMean(unknown, known)}`,
      {
        hint: known.length ? `--to=${EVERYBODY}, or some of ${known.join(',')}` : 'npx nx run workspace:uses',
      },
    );
  return users.filter(({ name }) => names.includes(name));
}

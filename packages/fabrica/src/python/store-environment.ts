import { join } from 'node:path';
import { commandEnvironment } from '../../bin/shared.cjs';
import type { Environment, Project } from '../workspace';

/**
 * The variables that a project's Python has on this machine for the store of a cluster: the credentials are those of
 * who asks. With the prices of what is read there.
 */
export function storeEnvironment(
  root: string,
  { folder }: Pick<Project, 'folder'>,
  environment: Environment,
): NodeJS.ProcessEnv {
  const { name, store, variables, prices } = environment;
  const own = {
    ...variables,
    ...process.env,
    FABRICA_ENVIRONMENT: name,
    FABRICA_STORE: store,
    ...(prices ? { FABRICA_PRICES: JSON.stringify(prices) } : {}),
  };
  return commandEnvironment(root, join(root, folder), own);
}

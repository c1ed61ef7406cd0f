import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FabricaError } from '../support/errors';
import { readIfThere } from '../support/files';
import { environmentSchema, type Environment } from './environment-schema';
import { readShape } from './shape';
import { didYouMean } from './suggest';

/** The folder of a workspace that holds its environments, a file each. */
export const ENVIRONMENTS = 'environments';

/** Where the environment of a name is described, relative to the workspace. */
export function environmentFile(name: string): string {
  return `${ENVIRONMENTS}/${name}.yaml`;
}

/** The names of a workspace's environments beside `local`, sorted. */
export function environmentNames(root: string): string[] {
  try {
    return readdirSync(join(root, ENVIRONMENTS))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => file.slice(0, -'.yaml'.length))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Reads an environment.
 *
 * @throws FabricaError `no-environment`, `unknown-environment`; those of the file, with file, line and column
 */
export function readEnvironment(root: string, name: string | undefined): Environment {
  const names = environmentNames(root);
  const choice = names.length ? `one of ${names.join(', ')}; ` : '';
  if (!name || name === 'local')
    throw new FabricaError(
      'no-environment',
      name ? 'local is this machine: nothing is compiled for it' : 'no environment is named',
      { hint: names.length ? `--environment=${names[0]}` : 'npx nx g fabrica:environment staging' },
    );
  const text = names.includes(name) ? readIfThere(join(root, environmentFile(name))) : undefined;
  if (text === undefined)
    throw new FabricaError(
      'unknown-environment',
      `there is no environment "${name}" (${environmentFile(name)})${didYouMean(name, names)}`,
      { hint: `${choice}npx nx g fabrica:environment ${name} makes it` },
    );
  return parseEnvironment(name, text);
}

/** {@link readEnvironment} of a text. */
export function parseEnvironment(name: string, text: string): Environment {
  const file = environmentFile(name);
  const missing = Object.fromEntries(
    ['context', 'namespace', 'registry', 'store'].map((key) => [
      key,
      `add a line to ${file}: ${key}: …; or npx nx g fabrica:environment ${name} --${key}=…`,
    ]),
  );
  return { ...readShape(environmentSchema, { file, text, missing }), name };
}

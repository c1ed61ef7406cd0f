import { join } from 'node:path';
import { FabricaError } from '../support/errors';
import { readIfThere } from '../support/files';
import { SETTINGS } from './layout';
import { settingsSchema, type FabricaYaml } from './settings-schema';
import { readShape } from './shape';

/**
 * Reads the fabrica.yaml of a project.
 *
 * @param folder relative to the workspace
 * @throws FabricaError, FabricaErrors with file, line and column
 */
export function readSettings(root: string, folder: string): FabricaYaml {
  const file = `${folder}/${SETTINGS}`;
  const text = readIfThere(join(root, file));
  if (text === undefined) {
    throw new FabricaError('no-settings', `${file} is missing: every project says who answers for it`, {
      hint: `echo 'owner: your-team' > ${file}`,
      place: { file },
    });
  }
  return parseSettings(file, text);
}

/** {@link readSettings} of a text; `file` is what messages call it. */
export function parseSettings(file: string, text: string): FabricaYaml {
  return readShape(settingsSchema, {
    file,
    text,
    missing: { owner: `add a line to ${file}: owner: your-team` },
  });
}

/** The port that fabrica.yaml prefers for the service in an environment. */
export function servicePort(settings: FabricaYaml, environment = 'local'): number | undefined {
  return settings.environments?.[environment]?.service?.port ?? settings.service?.port;
}

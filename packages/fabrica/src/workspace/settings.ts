import { join } from 'node:path';
import { FabricaError } from '../support/errors';
import { readIfThere } from '../support/files';
import { SETTINGS } from './layout';
import { settingsSchema, type FabricaYaml, type PipelineSettings } from './settings-schema';
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

/** What fabrica.yaml says of a pipeline in an environment: an environment's own word wins, key by key. */
export function pipelineSettings(
  settings: FabricaYaml,
  pipeline: string,
  environment = 'local',
): PipelineSettings {
  const base = settings.pipelines?.[pipeline] ?? {};
  const own = settings.environments?.[environment]?.pipelines?.[pipeline] ?? {};
  const steps = new Set([...Object.keys(base.resources ?? {}), ...Object.keys(own.resources ?? {})]);
  return {
    ...base,
    ...own,
    ...(base.each || own.each ? { each: { ...base.each, ...own.each } } : {}),
    ...(base.parameters || own.parameters ? { parameters: { ...base.parameters, ...own.parameters } } : {}),
    ...(steps.size
      ? {
          resources: Object.fromEntries(
            [...steps].map((step) => [step, { ...base.resources?.[step], ...own.resources?.[step] }]),
          ),
        }
      : {}),
  };
}

/** The port that fabrica.yaml prefers for the service in an environment. */
export function servicePort(settings: FabricaYaml, environment = 'local'): number | undefined {
  return settings.environments?.[environment]?.service?.port ?? settings.service?.port;
}

/**
 * The arguments that tell `python -m fabrica.pipelines run` what fabrica.yaml overrides.
 *
 * @example
 * pipelineArguments({ each: { borough: ['Queens', 'Bronx'] } }); // ['--each', 'borough=Queens,Bronx']
 */
export function pipelineArguments({ each = {}, parameters, resources }: PipelineSettings): string[] {
  return [
    ...Object.entries(each).flatMap(([parameter, values]) => ['--each', `${parameter}=${values.join(',')}`]),
    ...(parameters ? ['--settings', JSON.stringify(parameters)] : []),
    ...(resources ? ['--resources', JSON.stringify(resources)] : []),
  ];
}

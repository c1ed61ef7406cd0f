import { placesOfPaths } from './places';
import type { FabricaYaml, PipelineSettings } from './settings-schema';

/** An argument that tells `python -m fabrica.pipelines run` what fabrica.yaml overrides. */
export interface Override {
  readonly option: '--each' | '--settings' | '--resources';
  readonly value: string;
  /** Where it is said: `projects/rides/fabrica.yaml:12: pipelines.train.parameters.iterations`. */
  readonly place: string;
}

/** By pipeline and environment; `*` stands for the environments that fabrica.yaml doesn't name. */
export type Overrides = Readonly<Record<string, Readonly<Record<string, readonly Override[]>>>>;

/**
 * What the fabrica.yaml of a project overrides: one argument for each thing it says, so that a mistake in one is told
 * with its line. What it says of an environment comes last: to the runner, what is said later counts.
 */
export function readOverrides(root: string, folder: string, settings: FabricaYaml): Overrides {
  const placeOf = placesOfPaths(root, folder);
  const { pipelines = {}, environments = {} } = settings;
  const inAll = (name: string): Override[] => overridesIn(pipelines[name], ['pipelines', name], placeOf);
  const inOne = (name: string, environment: string): Override[] =>
    overridesIn(
      environments[environment]?.pipelines?.[name],
      ['environments', environment, 'pipelines', name],
      placeOf,
    );
  const names = new Set(
    [pipelines, ...Object.values(environments).map((one) => one.pipelines)].flatMap((some) =>
      Object.keys(some ?? {}),
    ),
  );
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      {
        '*': inAll(name),
        ...Object.fromEntries(
          Object.keys(environments).map((environment) => [
            environment,
            [...inAll(name), ...inOne(name, environment)],
          ]),
        ),
      },
    ]),
  );
}

/** The overrides for one pipeline in one environment. */
export function overridesFor(
  overrides: Overrides,
  pipeline: string,
  environment: string,
): readonly Override[] {
  return overrides[pipeline]?.[environment] ?? overrides[pipeline]?.['*'] ?? [];
}

function overridesIn(
  { each = {}, parameters = {}, resources = {} }: PipelineSettings = {},
  at: readonly string[],
  placeOf: (path: readonly string[]) => string,
): Override[] {
  const say = (option: Override['option'], key: string, name: string, value: string): Override => ({
    option,
    value,
    place: placeOf([...at, key, name]),
  });
  return [
    ...Object.entries(each).map(([name, values]) =>
      say('--each', 'each', name, `${name}=${values.join(',')}`),
    ),
    ...Object.entries(parameters).map(([name, value]) =>
      say('--settings', 'parameters', name, JSON.stringify({ [name]: value })),
    ),
    ...Object.entries(resources).flatMap(([step, value]) => {
      const own = forRunner(value);
      return Object.keys(own).length
        ? [say('--resources', 'resources', step, JSON.stringify({ [step]: own }))]
        : [];
    }),
  ];
}

/** Which node a pod runs on is nothing to the code in it. */
function forRunner(resources: NonNullable<PipelineSettings['resources']>[string]): object {
  const { nodeSelector: _node, tolerations: _taints, ...own } = resources;
  return own;
}

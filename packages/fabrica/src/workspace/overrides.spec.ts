import { overridesFor, readOverrides, type Override } from './overrides';
import { readSettings } from './settings';
import { folderWith } from './testing/folder';

const FILE = 'projects/bikes/fabrica.yaml';

function overridesOf(text: string, pipeline: string, environment: string): readonly Override[] {
  const root = folderWith({ [FILE]: text });
  return overridesFor(
    readOverrides(root, 'projects/bikes', readSettings(root, 'projects/bikes')),
    pipeline,
    environment,
  );
}

const words = (overrides: readonly Override[]): string[] =>
  overrides.map(({ option, value }) => `${option} ${value}`);

const TEXT = `owner: me
pipelines:
  train:
    each: {city: [Basel, 7]}
    parameters:
      depth: many
      days: 60
    resources:
      model: {cpu: 2, memory: 2Gi}
environments:
  production:
    pipelines:
      train:
        parameters: {depth: 8}
        schedule: "@daily"
      score:
        parameters: {limit: 3}
`;

describe('overrides', () => {
  it('are an argument of the runner for each thing that fabrica.yaml says, with its line', () => {
    expect(overridesOf(TEXT, 'train', 'local')).toEqual([
      { option: '--each', value: 'city=Basel,7', place: `${FILE}:4: pipelines.train.each.city` },
      {
        option: '--settings',
        value: '{"depth":"many"}',
        place: `${FILE}:6: pipelines.train.parameters.depth`,
      },
      { option: '--settings', value: '{"days":60}', place: `${FILE}:7: pipelines.train.parameters.days` },
      {
        option: '--resources',
        value: '{"model":{"cpu":2,"memory":"2Gi"}}',
        place: `${FILE}:9: pipelines.train.resources.model`,
      },
    ]);
  });

  it("end with an environment's own word, which counts", () => {
    const found = overridesOf(TEXT, 'train', 'production');
    expect(words(found)).toEqual([...words(overridesOf(TEXT, 'train', 'local')), '--settings {"depth":8}']);
    expect(found.at(-1)?.place).toBe(`${FILE}:14: environments.production.pipelines.train.parameters.depth`);
  });

  it('may be for an environment alone, or none', () => {
    expect(words(overridesOf(TEXT, 'score', 'production'))).toEqual(['--settings {"limit":3}']);
    expect(overridesOf(TEXT, 'score', 'local')).toEqual([]);
    expect(overridesOf(TEXT, 'other', 'local')).toEqual([]);
  });
});

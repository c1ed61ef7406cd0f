import { FabricaErrors, type FabricaError } from '../support/errors';
import { parseSettings } from './settings';

function errorsOf(text: string): FabricaError[] {
  try {
    parseSettings('projects/bikes/fabrica.yaml', text);
  } catch (error) {
    return error instanceof FabricaErrors ? [...error.errors] : [error as FabricaError];
  }
  return [];
}

const messages = (text: string) =>
  errorsOf(text).map(({ message }) => message.replace('projects/bikes/fabrica.yaml', ''));

describe('parseSettings', () => {
  it('reads what a project says', () => {
    const text = `
owner: mobility
description: Says how many bikes a day needs.
pipelines:
  train:
    each: {year: [2023, 2024], city: [Basel]}
    parameters: {max_iter: 300, test_days: 60, names: [a, b]}
    resources: {model: {cpu: 2, memory: 2Gi, gpu: 1, retries: 2, timeout: 30m}}
    schedule: "0 4 * * *"
experiments: {uses: [trip-duration]}
service: {port: 8010}
`;
    expect(parseSettings('fabrica.yaml', text)).toEqual({
      owner: 'mobility',
      description: 'Says how many bikes a day needs.',
      pipelines: {
        train: {
          each: { year: ['2023', '2024'], city: ['Basel'] },
          parameters: { max_iter: 300, test_days: 60, names: ['a', 'b'] },
          resources: { model: { cpu: 2, memory: '2Gi', gpu: 1, retries: 2, timeout: '30m' } },
          schedule: '0 4 * * *',
        },
      },
      experiments: { uses: ['trip-duration'] },
      service: { port: 8010 },
    });
  });

  it('needs an owner, and says what to type', () => {
    const [error, ...others] = errorsOf('description: Bikes\n');
    expect(others).toEqual([]);
    expect(error).toMatchObject({
      code: 'missing-key',
      message: 'projects/bikes/fabrica.yaml:1:1: owner is missing',
      hint: 'add a line to projects/bikes/fabrica.yaml: owner: your-team',
      place: { file: 'projects/bikes/fabrica.yaml', line: 1 },
    });
    expect(messages('')).toEqual([':1:1: owner is missing']);
  });

  it('names an unknown key where it stands, and the key that was meant', () => {
    const [error] = errorsOf('owner: me\npipelines:\n  train:\n    resourses: {}\n');
    expect(error).toMatchObject({
      code: 'unknown-key',
      message:
        'projects/bikes/fabrica.yaml:4:5: unknown key "pipelines.train.resourses"; did you mean "resources"?',
      hint: 'write one of each, parameters, resources, schedule, trigger, parallelism',
    });
  });

  it.each([
    ['owner: 3', ':1:8: owner must be a text, got a number (3)'],
    ['owner:', ':1:7: owner must be a text, got nothing'],
    ['owner: ""', ':1:8: owner must name the team or person'],
    ['owner: me\ndescription: [a]', ':2:14: description must be a text, got a list'],
    ['owner: me\nexperiments: {uses: bikes}', ':2:21: experiments.uses must be a list, got a text ("bikes")'],
    ['owner: me\nexperiments: {uses: [3]}', ':2:22: experiments.uses[0] must be a text, got a number (3)'],
    ['owner: me\nservice: {port: 70000}', ':2:17: service.port must be a port, 1 to 65535'],
    ['owner: me\nservice: {port: web}', ':2:17: service.port must be a number, got a text ("web")'],
    ['owner: me\npipelines: {my-train: {}}', ':2:13: pipelines.my-train must be a Python name'],
    ['owner: me\npipelines: {t: {each: {b: []}}}', ':2:27: pipelines.t.each.b needs at least one value'],
    [
      'owner: me\npipelines: {t: {schedule: hourly}}',
      ':2:27: pipelines.t.schedule must be a cron expression of five fields, such as "0 4 * * *", or @daily',
    ],
    [
      'owner: me\npipelines: {t: {resources: {m: {memory: lots}}}}',
      ':2:41: pipelines.t.resources.m.memory must be an amount of memory, such as "512Mi" or "2Gi"',
    ],
    [
      'owner: me\npipelines: {t: {resources: {m: {cpu: many}}}}',
      ':2:38: pipelines.t.resources.m.cpu must be a number of CPUs, such as 2 or "500m"',
    ],
    [
      'owner: me\npipelines: {t: {resources: {m: {gpu: -1}}}}',
      ':2:38: pipelines.t.resources.m.gpu must be a whole number, 0 or more',
    ],
    ['- me', ':1:1: the file must be a mapping, got a list'],
    ['owner: a\nowner: b', ':2:1: this is not YAML: Map keys must be unique'],
  ])('%j', (text, expected) => {
    expect(messages(text)).toEqual([expected]);
  });

  it('says all that is wrong at once', () => {
    expect(messages('ownr: me\nservice: {port: 0}\n')).toEqual([
      ':2:17: service.port must be a port, 1 to 65535',
      ':1:1: unknown key "ownr"; did you mean "owner"?',
    ]);
    expect(messages('description: Bikes\nowned_by: me\n')).toEqual([
      ':1:1: owner is missing',
      ':2:1: unknown key "owned_by"',
    ]);
  });

  it.each([
    ['owner: "me\n', 'close the quote that is open there'],
    ['owner: [\n', 'close the bracket that is open there'],
    ['owner: me\n\tdescription: x\n', 'put spaces in the place of the tab'],
    [
      'owner: me\ndescription: What: this\n',
      'put a text that holds ": " in quotes; begin the line where the one above it begins',
    ],
    [
      'owner: me\n  description: x\n',
      'put a text that holds ": " in quotes; begin the line where the one above it begins',
    ],
    ['owner:me\ndescription: x\n', 'write a colon and a space after the key: owner: your-team'],
    ['owner: @me\n', 'put the text in quotes'],
    ['owner: me\nowner: you\n', 'state it once'],
  ])('tells once what is commonly wrong with no YAML: %j', (text, hint) => {
    expect(errorsOf(text).map((error) => [error.code, error.hint])).toEqual([['bad-yaml', hint]]);
  });

  it('refuses a file that unfolds without end', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...[...'bcdefghi'].map(
        (name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(', ')}]`,
      ),
    ].join('\n');
    expect(messages(bomb)[0]).toContain('this is not YAML: Excessive alias count');
  });
});

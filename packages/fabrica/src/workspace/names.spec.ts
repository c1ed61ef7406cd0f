import type { FabricaError } from '../support/errors';
import { checkName, moduleOf, nameProblem, suggestName } from './names';

function errorOf(
  name: string,
  kind: 'project' | 'package' = 'project',
  taken: { name: string; folder: string }[] = [],
): FabricaError | undefined {
  try {
    checkName(name, kind, taken);
  } catch (error) {
    return error as FabricaError;
  }
  return undefined;
}

describe('checkName', () => {
  it.each(['bikes', 'trip-duration', 'b2b', 'a'])('takes %s', (name) => {
    expect(errorOf(name)).toBeUndefined();
  });

  it.each([
    ['Bikes', 'npx nx g fabrica:project bikes'],
    ['Trip Duration', 'npx nx g fabrica:project trip-duration'],
    ['TripDuration', 'npx nx g fabrica:project trip-duration'],
    ['trip_duration', 'npx nx g fabrica:project trip-duration'],
    ['trip--duration', 'npx nx g fabrica:project trip-duration'],
    ['-trip', 'npx nx g fabrica:project trip'],
    ['trip.duration', 'npx nx g fabrica:project trip-duration'],
    ['2fast', 'npx nx g fabrica:project fast'],
    ['größe', 'npx nx g fabrica:project gr-e'],
    ['../evil', 'npx nx g fabrica:project evil'],
    ['🚲', 'npx nx g fabrica:project another-name'],
    ['', 'npx nx g fabrica:project another-name'],
  ])('refuses %j, which is no valid distribution name, and offers one', (name, hint) => {
    expect(errorOf(name)).toMatchObject({ code: 'bad-name', hint });
  });

  it('refuses a name that clusters would cut off', () => {
    expect(errorOf('a'.repeat(41))?.message).toContain('at most 40 characters, this one has 41');
  });

  it.each([
    ['class', "Python can't import a module called class"],
    ['json', "would hide the module json of Python's standard library"],
    ['test', "pytest's own folders"],
    ['fabrica', 'the namespace of the shared packages'],
    ['workspace', 'the root project'],
    ['pandas', 'would hide the library of that name'],
    ['fabrica-storage', 'fabrica-… are the shared packages'],
    ['src', 'a folder of the layout'],
  ])('refuses %s, which is reserved', (name, reason) => {
    const error = errorOf(name);
    expect(error?.message).toContain(reason);
    expect(error?.hint).toMatch(/^npx nx g fabrica:project \S+$/);
  });

  it('offers a name that it would take itself', () => {
    for (const name of ['json', 'class', 'test', 'Trip Duration', 'pandas', 'fabrica', '2fast']) {
      const offered = errorOf(name)?.hint?.split(' ').at(-1) as string;
      expect(nameProblem(offered)).toBeUndefined();
    }
  });

  it('lets a package be called like a module of the standard library: it is imported as fabrica.<name>', () => {
    expect(errorOf('logging', 'package')).toBeUndefined();
    expect(errorOf('class', 'package')?.code).toBe('bad-name');
    expect(errorOf('workspace', 'package')?.code).toBe('reserved-name');
  });

  it('refuses a name that is taken, and says by what', () => {
    expect(errorOf('bikes', 'project', [{ name: 'bikes', folder: 'projects/bikes' }])).toMatchObject({
      code: 'name-taken',
      message: '"bikes" is taken: projects/bikes has it',
      hint: 'npx nx g fabrica:project bikes-2',
    });
  });

  it('refuses a name whose module is taken', () => {
    expect(errorOf('trip-duration', 'project', [{ name: 'trip_duration', folder: 'libs/trip' }])?.code).toBe(
      'name-taken',
    );
  });
});

test('names', () => {
  expect(moduleOf('trip-duration')).toBe('trip_duration');
  expect(suggestName('  My (new) Project! ')).toBe('my-new-project');
});

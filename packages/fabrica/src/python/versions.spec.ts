import { compareVersions, floorOf, satisfies } from './versions';

describe('compareVersions', () => {
  it('orders versions as PEP 440 does', () => {
    const ordered = [
      '1.0.dev1',
      '1.0a1.dev1',
      '1.0a1',
      '1.0b2',
      '1.0rc1',
      '1.0',
      '1.0.post1',
      '1.0.1',
      '1.9',
      '1.10',
      '1!0.1',
    ];
    expect([...ordered].reverse().sort(compareVersions)).toEqual(ordered);
    expect(compareVersions('1.0', '1.0.0')).toBe(0);
    expect(compareVersions('2.0+local', '2.0')).toBe(0);
  });

  it('refuses what is no version', () => {
    expect(() => compareVersions('latest', '1')).toThrow('"latest" is not a version');
  });
});

describe('satisfies', () => {
  it.each([
    ['3.11.7', '>=3.11', true],
    ['3.10.9', '>=3.11', false],
    ['3.14.0', '>=3.11,<3.14', false],
    ['2.3.1', '~=2.1', true],
    ['3.0', '~=2.1', false],
    ['2.1.9', '~=2.1.3', true],
    ['2.2', '~=2.1.3', false],
    ['1.4.2', '==1.4.*', true],
    ['1.5', '!=1.4.*', true],
    ['1.0', '===1.0', true],
    ['1.0', '', true],
    ['1.0', '>1.0', false],
  ])('%s %s: %s', (version, specifier, fits) => {
    expect(satisfies(version, specifier)).toBe(fits);
  });

  it('refuses what is no specifier', () => {
    expect(() => satisfies('1.0', 'newest')).toThrow('"newest" is not a version specifier');
  });
});

test('floorOf', () => {
  expect(floorOf('>=3.11,<4')).toBe('3.11');
  expect(floorOf('<4')).toBeUndefined();
});

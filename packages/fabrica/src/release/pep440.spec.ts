import { toPep440, toSemver } from './pep440';

describe('versions of two worlds', () => {
  it.each([
    ['0.2.0', '0.2.0'],
    ['0.2.0-alpha.0', '0.2.0a0'],
    ['0.2.0-beta.1', '0.2.0b1'],
    ['1.0.0-rc.12', '1.0.0rc12'],
    ['0.2.0-dev.3', '0.2.0.dev3'],
  ])('%s is %s in Python, and back', (semver, python) => {
    expect(toPep440(semver)).toBe(python);
    expect(toSemver(python)).toBe(semver);
  });

  it.each([
    ['1.0', '1.0.0'],
    ['2', '2.0.0'],
    ['v1.2.3', '1.2.3'],
    ['0.2b1', '0.2.0-beta.1'],
    ['0.2.0-beta1', '0.2.0-beta.1'],
    ['0.2.0.RC.1', '0.2.0-rc.1'],
    ['0.2.0c1', '0.2.0-rc.1'],
    ['0.2.0a', '0.2.0-alpha.0'],
  ])('reads %s as %s', (python, semver) => expect(toSemver(python)).toBe(semver));

  it.each(['1.0.post1', '1!2.0', '1.0+local', '1.0a1.dev1', '1.2.3.4', 'latest'])(
    'refuses %s: semantic versioning has no such thing',
    (version) =>
      expect(() => toSemver(version)).toThrow(
        expect.objectContaining({ code: 'bad-version', hint: expect.stringContaining('0.2.0b1') }),
      ),
  );

  it.each(['0.2.0-canary.1', '0.2.0-beta', '0.2.0+build', '1.0', ''])(
    'refuses %s: Python has no such thing',
    (version) =>
      expect(() => toPep440(version)).toThrow(
        expect.objectContaining({ code: 'bad-version', hint: expect.stringContaining('alpha, beta, rc') }),
      ),
  );
});

import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { billOfMaterials, checkLocked, type Installed } from './sbom';

const SHA = 'ab'.repeat(32);
const PINS = [
  { name: 'acme-routes', version: '0.1.0', hashes: [SHA], line: 1 },
  { name: 'numpy', version: '2.1', hashes: [SHA, 'cd'.repeat(32)], line: 3 },
];
const INSTALLED: Installed[] = [
  {
    kind: 'pypi',
    name: 'Acme_Routes',
    version: '0.1.0',
    license: 'MIT\nthe whole text',
    requires: ['numpy>=2 ; extra == "x"'],
  },
  { kind: 'pypi', name: 'numpy', version: '2.1', summary: 'Arrays' },
  { kind: 'deb', name: 'libc6', version: '2.36-9+deb12u1', architecture: 'amd64', system: 'debian' },
];

describe('the bill of materials', () => {
  const text = billOfMaterials({ name: 'bikes', version: '1.0' }, INSTALLED, PINS);
  const bom = JSON.parse(text) as {
    components: { purl: string; hashes?: object[]; licenses?: object[] }[];
    dependencies: object[];
  };

  it('names each package by an address that scanners know', () => {
    expect(bom.components.map(({ purl }) => purl)).toEqual([
      'pkg:deb/debian/libc6@2.36-9%2Bdeb12u1?arch=amd64',
      'pkg:pypi/acme-routes@0.1.0',
      'pkg:pypi/numpy@2.1',
    ]);
    expect(bom.components[1]).toMatchObject({
      hashes: [{ alg: 'SHA-256', content: SHA }],
      licenses: [{ license: { name: 'MIT' } }],
    });
    expect(bom.components[2]?.hashes).toBeUndefined();
    expect(bom.dependencies).toContainEqual({
      ref: 'pkg:pypi/acme-routes@0.1.0',
      dependsOn: ['pkg:pypi/numpy@2.1'],
    });
  });

  it('is CycloneDX, and the same for the same image', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    expect(await validator.validate(text)).toBeNull();
    expect(billOfMaterials({ name: 'bikes', version: '1.0' }, [...INSTALLED].reverse(), PINS)).toBe(text);
  });

  it('is refused when the image holds what the lock does not pin', () => {
    const stray: Installed = { kind: 'pypi', name: 'numpy', version: '2.2' };
    expect(() => checkLocked(INSTALLED, PINS, 'requirements.txt')).not.toThrow();
    expect(() => checkLocked([stray], PINS, 'requirements.txt')).toThrow(
      'the image holds numpy 2.2, which requirements.txt does not pin',
    );
  });
});

import { raised } from './constraint';

describe('the requirement of a package that was released', () => {
  it.each([
    ['fabrica-storage>=0.1,<1', '0.2.0', 'fabrica-storage>=0.2.0,<1'],
    ['fabrica-storage >= 0.1, < 1', '0.2.0', 'fabrica-storage >= 0.2.0,< 1'],
    [
      'fabrica-storage[sql]>=0.1,<1 ; python_version < "3.13"',
      '0.2.0',
      'fabrica-storage[sql]>=0.2.0,<1 ; python_version < "3.13"',
    ],
    ['fabrica-storage==0.1.0', '0.2.0', 'fabrica-storage==0.2.0'],
    ['fabrica-storage==0.1.*', '0.2.0', 'fabrica-storage==0.2.*'],
    ['fabrica-storage~=0.1.0', '0.2.0', 'fabrica-storage~=0.2.0'],
    ['fabrica-storage>0.1,!=0.1.5', '0.2.0', 'fabrica-storage>=0.2.0,!=0.1.5'],
    ['fabrica-storage>=0.1,<1', '1.0.0', 'fabrica-storage>=1.0.0,<2'],
    ['fabrica-storage>=0.1,<1.0', '1.2.0', 'fabrica-storage>=1.2.0,<2.0'],
    ['fabrica-storage>=0.1,<0.2', '0.2.3', 'fabrica-storage>=0.2.3,<0.3'],
    ['fabrica-storage<=0.1.9', '0.2.0', 'fabrica-storage<0.2.1'],
    ['fabrica-storage>=0.1,<1', '0.2.0b1', 'fabrica-storage>=0.2.0b1,<1'],
    ['fabrica-storage', '0.2.0', 'fabrica-storage'],
    ['fabrica-storage>=0.2,<1', '0.2.0', 'fabrica-storage>=0.2,<1'],
    ['fabrica-storage>=0.3', '0.2.1', 'fabrica-storage>=0.3'],
  ])('%s, released as %s: %s', (before, version, after) => expect(raised(before, version)).toBe(after));
});

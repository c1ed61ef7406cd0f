import { LOCKS, MANIFESTS, type LockKind } from './manifest-kinds';

const { python, typescript } = MANIFESTS;

const [npm, pnpm] = LOCKS as [LockKind, LockKind];

describe('a pyproject.toml', () => {
  const text = [
    '[project]',
    'name = "fabrica-routes"',
    'version = "0.1.0"',
    'dependencies = ["Fabrica_Calendar >= 0.1, < 1", "pandas>=2"]',
    '[project.optional-dependencies]',
    'fast = ["fabrica-calendar[fast]>=0.1"]',
    '[dependency-groups]',
    'dev = ["fabrica-calendar"]',
    '',
  ].join('\n');

  it('asks for a distribution by any of its names, extras too', () => {
    expect(python.asks(text, 'fabrica.calendar')).toEqual([
      'Fabrica_Calendar >= 0.1, < 1',
      'fabrica-calendar[fast]>=0.1',
    ]);
    expect(python.asks(text, 'fabrica-storage')).toEqual([]);
  });

  it('asks for a newer one afterwards, everywhere', () => {
    expect(python.withRaised('pyproject.toml', text, 'fabrica-calendar', '0.2.0')).toBe(
      text.replace('>= 0.1, < 1', '>= 0.2.0,< 1').replace('[fast]>=0.1', '[fast]>=0.2.0'),
    );
  });
});

describe('a package.json', () => {
  const manifest = {
    name: '@acme/app',
    version: '0.1.0',
    dependencies: { '@acme/clip': '^0.1.0', '@acme/local': 'workspace:*' },
    peerDependencies: { '@acme/clip': '>=0.1.0 <1', '@acme/exact': '0.1.0' },
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;

  it('asks in the form that it has; a range of another form, and a protocol, stay', () => {
    const raise = (some: string, name: string) => typescript.withRaised('package.json', some, name, '0.2.0');
    const after = ['@acme/clip', '@acme/exact', '@acme/local', '@acme/none'].reduce(raise, text);
    expect(JSON.parse(after)).toEqual({
      ...manifest,
      dependencies: { '@acme/clip': '^0.2.0', '@acme/local': 'workspace:*' },
      peerDependencies: { '@acme/clip': '>=0.1.0 <1', '@acme/exact': '0.2.0' },
    });
  });

  it("is repeated in npm's lock, where the package is one of the workspace's", () => {
    const lock = JSON.stringify(
      { lockfileVersion: 3, packages: { '': {}, 'packages/app': manifest } },
      null,
      2,
    );
    const after = npm.withRaised(
      npm.withVersion(lock, 'packages/app', '0.1.1'),
      'packages/app',
      '@acme/clip',
      '0.2.0',
    );
    expect(JSON.parse(after).packages['packages/app']).toMatchObject({
      version: '0.1.1',
      dependencies: { '@acme/clip': '^0.2.0' },
    });
    expect(npm.withVersion(lock, 'packages/other', '9.9.9')).toBe(lock);
    expect(npm.withRaised(lock, 'packages/other', '@acme/clip', '9.9.9')).toBe(lock);
  });

  it("is repeated in pnpm's lock, of which nothing else changes", () => {
    const lock = `lockfileVersion: '9.0'

importers:

  .: {}

  packages/app:
    dependencies:
      '@acme/clip':
        specifier: ^0.1.0
        version: link:../clip
      '@acme/local':
        specifier: workspace:*
        version: link:../local
`;
    const after = pnpm.withRaised(
      pnpm.withVersion(lock, 'packages/app', '0.1.1'),
      'packages/app',
      '@acme/clip',
      '0.2.0',
    );
    expect(after).toBe(lock.replace('^0.1.0', '^0.2.0'));
    expect(pnpm.withRaised(lock, 'packages/app', '@acme/local', '0.2.0')).toBe(lock);
    expect(pnpm.withRaised(lock, 'packages/other', '@acme/clip', '0.2.0')).toBe(lock);
  });
});

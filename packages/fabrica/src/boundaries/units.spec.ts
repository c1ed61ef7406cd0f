import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { folderWith, pyproject } from '../workspace/testing/folder';
import { listUnits, normaliseRemote, remotesOf } from './units';

const SCRIPT = join(__dirname, '../../bin/world.sh');

interface Given {
  readonly remote?: string;
  readonly version?: string;
  readonly name?: string;
  readonly more?: Readonly<Record<string, string>>;
}

function workspace({
  remote = 'git@example.com:acme/science.git',
  version = '1.0.0',
  name = 'x',
  more,
}: Given) {
  const root = folderWith({
    'nx.json': '{}',
    'projects/rides/pyproject.toml': pyproject('rides'),
    'packages/storage/pyproject.toml': pyproject(`fabrica-${name}`).replace(
      /version = ".*"/,
      `version = "${version}"`,
    ),
    'packages/portal/package.json': `{\n  "name": "@acme/portal",\n  "version": "${version}"\n}\n`,
    ...more,
  });
  execFileSync('git', ['init', '--quiet'], { cwd: root });
  execFileSync('git', ['remote', 'add', 'origin', remote], { cwd: root });
  return root;
}

/** What Nx asks before it looks into its cache. */
function said(given: Given): string {
  return execFileSync('sh', [SCRIPT], { cwd: workspace(given), encoding: 'utf8' });
}

describe('what boundaries depend on beside the files of a project', () => {
  const before = said({});

  it.each<[string, Given]>([
    ['a new project', { more: { 'projects/bikes/fabrica.yaml': 'owner: me\n' } }],
    ['a new package', { more: { 'packages/clock/pyproject.toml': pyproject('fabrica-clock') } }],
    ['another name of a package', { name: 'other' }],
    ['another repository', { remote: 'git@example.com:acme/other.git' }],
  ])('%s is noticed', (_what, given) => {
    expect(said(given)).not.toBe(before);
  });

  it.each<[string, Given]>([
    ['a new version of a package', { version: '2.0.0' }],
    ['another file of a project', { more: { 'projects/rides/src/rides/x.py': 'x = 1\n' } }],
    ['the same repository over HTTPS', { remote: 'https://token@Example.com/acme/science' }],
    ['the same repository over SSH with a port', { remote: 'ssh://git@example.com:2222/acme/science.git/' }],
  ])('%s is not', (_what, given) => {
    expect(said(given)).toBe(before);
  });

  it('has an answer where there is nothing yet, not even a repository', () => {
    const done = execFileSync('sh', [SCRIPT], {
      cwd: folderWith({ 'nx.json': '{}' }),
      env: { ...process.env, GIT_CEILING_DIRECTORIES: '/' },
      encoding: 'utf8',
    });
    expect(done.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    'git@example.com:acme/science.git',
    'https://token@Example.com/acme/science',
    'ssh://git@example.com:2222/acme/science.git',
  ])('has the word that the check has for %s', (remote) => {
    const root = workspace({ remote });
    expect(remotesOf(root).map(normaliseRemote)).toEqual(['example.com/acme/science']);
    expect(said({ remote }).split('\n')).toContain('example.com/acme/science');
    expect(listUnits(root).map(({ distribution }) => distribution)).toEqual([
      'rides',
      '@acme/portal',
      'fabrica-x',
    ]);
  });
});

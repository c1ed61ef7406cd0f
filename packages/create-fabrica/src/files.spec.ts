import { firstFiles } from './files';
import { readOptions, type ManagerName } from './options';

const PACKAGES = { '@nx/docker': '23.2.1', fabrica: '0.1.0', nx: '23.2.1' };
const files = (manager: ManagerName, more: object = {}) =>
  firstFiles(
    readOptions({ folder: 'acme', ...more }, { project: 'bikes', owner: 'anna', manager }),
    PACKAGES,
    '10.34.8',
  );

test('npm finds the workspaces in package.json, and writes no addresses into its lock', () => {
  const made = files('npm');
  expect(JSON.parse(made['package.json'] as string)).toMatchObject({
    name: '@acme/source',
    private: true,
    workspaces: ['packages/*'],
    devDependencies: PACKAGES,
  });
  expect(made['.npmrc']).toContain('omit-lockfile-registry-resolved=true');
  expect(made).not.toHaveProperty('pnpm-workspace.yaml');
});

test('pnpm finds them in a file of its own, and CI the version of pnpm', () => {
  const made = files('pnpm');
  expect(JSON.parse(made['package.json'] as string)).toMatchObject({ packageManager: 'pnpm@10.34.8' });
  expect(JSON.parse(made['package.json'] as string)).not.toHaveProperty('workspaces');
  expect(made['pnpm-workspace.yaml']).toContain('  - packages/*\n');
  expect(made).not.toHaveProperty('.npmrc');
});

test("the company's registry is the workspace's", () => {
  const made = files('pnpm', { 'npm-registry': 'https://npm.acme.example/' });
  expect(made['.npmrc']).toBe('registry=https://npm.acme.example/\n');
});

test('the README says what to type, and of the index only what holds', () => {
  expect(files('npm')['README.md']).toContain('npm install\nnpx nx test bikes\n');
  expect(files('npm')['README.md']).toContain('an index that runs on your machine');
  expect(files('npm', { 'pypi-index': 'https://pypi.acme.example/simple/' })['README.md']).not.toContain(
    'an index that runs on your machine',
  );
});

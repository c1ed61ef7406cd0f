import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describeWithDocker, docker } from '../support/docker';
import { cleanEnvironment, commit, HERE, nxOk, workspaceWithPlugin } from '../nx/workspace';

jest.setTimeout(600_000);

const CLI = join(HERE, 'node_modules', '@devcontainers', 'cli', 'devcontainer.js');

/** A project that needs nothing, so that its image is made in seconds. */
const HOPS = {
  'projects/mash/pyproject.toml': '[project]\nname = "mash"\nversion = "0.1.0"\n',
  'projects/mash/fabrica.yaml': 'owner: "@acme/mobility"\n',
  'projects/mash/README.md': '# mash\n',
  'projects/mash/requirements.txt': '',
  'projects/mash/requirements-dev.txt': '',
  'projects/mash/src/mash/__init__.py': 'ANSWER = 42\n',
  'projects/mash/tests/test_it.py': '',
};

describeWithDocker('an editor that reads devcontainer.json', () => {
  let root: string;
  const devcontainer = (command: string, ...args: string[]): string =>
    execFileSync(
      process.execPath,
      [CLI, command, '--workspace-folder', join(root, 'projects/mash'), ...args],
      {
        cwd: root,
        encoding: 'utf8',
        env: cleanEnvironment({ NX_ISOLATE_PLUGINS: 'false' }),
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
  const asks = ['sh', '-c', 'pwd; python -c "import mash; print(mash.ANSWER)"'];
  const expected = '/workspace/projects/mash\n42\n';

  beforeAll(() => {
    root = workspaceWithPlugin(HOPS);
    nxOk(root, ['sync']);
    commit(root, 'Files of the toolkit');
  });
  afterAll(() => {
    spawnSync('docker', [
      'rmi',
      '--force',
      ...docker('images', '--quiet', 'mash').split('\n').filter(Boolean),
    ]);
  });

  it('builds the image, starts the container and works in it; nx joins it, and stop ends it', () => {
    expect(JSON.parse(devcontainer('up'))).toMatchObject({ outcome: 'success' });
    expect(devcontainer('exec', ...asks)).toBe(expected);
    expect(nxOk(root, ['develop', 'mash', '--command=pwd']).stdout).toContain('/workspace/projects/mash');
    expect(devcontainer('exec', ...asks)).toBe(expected);
    expect(nxOk(root, ['run', 'mash:stop']).text).toContain('Stopped the container');
  });

  it('opens the one that nx started', () => {
    nxOk(root, ['develop', 'mash', '--detach']);
    const before = docker('ps', '--quiet', '--filter', 'label=fabrica.project=mash');
    expect(JSON.parse(devcontainer('up'))).toMatchObject({ outcome: 'success' });
    expect(docker('ps', '--quiet', '--filter', 'label=fabrica.project=mash')).toBe(before);
    expect(devcontainer('exec', ...asks)).toBe(expected);
    nxOk(root, ['run', 'mash:stop']);
    expect(docker('ps', '--all', '--quiet', '--filter', 'label=fabrica.project=mash')).toBe('');
  });
});

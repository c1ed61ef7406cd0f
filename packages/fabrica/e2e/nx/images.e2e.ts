import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithDocker, docker } from '../support/docker';
import { append, commit, nx, nxOk, workspaceWithPlugin, write } from './workspace';

/** Two projects, which need nothing, so that their images are made in seconds. */
const project = (name: string) => ({
  [`projects/${name}/pyproject.toml`]: `[project]\nname = "${name}"\nversion = "0.1.0"\n`,
  [`projects/${name}/fabrica.yaml`]: 'owner: "@acme/mobility"\n',
  [`projects/${name}/README.md`]: `# ${name}\n`,
  [`projects/${name}/requirements.txt`]: '',
  [`projects/${name}/requirements-dev.txt`]: '',
  [`projects/${name}/src/${name}/__init__.py`]: 'ANSWER = 42\n',
  [`projects/${name}/tests/test_it.py`]: '',
});

describeWithDocker('images, through Nx', () => {
  let root: string;
  const idOf = (image: string) => docker('images', '--quiet', image);
  beforeAll(() => {
    root = workspaceWithPlugin({ ...project('hops'), ...project('kegs') });
    nxOk(root, ['sync']);
    commit(root, 'Dockerfiles');
  });
  afterAll(() => {
    const ids = ['hops', 'kegs'].flatMap((name) => docker('images', '--quiet', name).split('\n'));
    docker('rmi', '--force', ...new Set(ids.filter(Boolean)));
  });

  it('nx affected builds only what changed', () => {
    append(root, 'projects/hops/src/hops/__init__.py', 'MORE = 1\n');
    commit(root, 'More hops');
    nxOk(root, ['affected', '-t', 'image', '--base=HEAD~1']);
    expect([idOf('hops'), idOf('kegs')]).toEqual([expect.stringMatching(/./), '']);
  });

  it('what @nx/docker infers beside it goes on from the image', () => {
    const { text } = nxOk(root, ['run', 'hops:docker:run', '--args=--rm', '--args=--read-only']);
    expect(text).toContain('docker run  --rm --read-only projects-hops');
  });

  it('nx release gives it a version', () => {
    const nxJson = JSON.parse(readFileSync(join(root, 'nx.json'), 'utf8')) as object;
    const release = {
      preVersionCommand: 'npx nx run-many -t image',
      registryUrl: 'acme.example',
      repositoryName: 'science/hops',
      skipVersionActions: true,
    };
    write(root, {
      'nx.json': JSON.stringify({ ...nxJson, release: { projects: ['hops'], docker: release } }),
    });
    commit(root, 'How images are released');
    const { code, text } = nx(root, ['release', 'version', '--dockerVersion=7.0.0']);
    expect([code, code ? text : '']).toEqual([0, '']);
    expect(text).toContain('Image tagged with acme.example/science/hops:7.0.0');
    expect(idOf('acme.example/science/hops:7.0.0')).toBe(idOf('projects-hops'));
  });
});

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import image from '../../src/executors/image/executor';
import testImage from '../../src/executors/test-image/executor';
import type { ImageRecord } from '../../src/images/record';
import {
  describeWithDocker,
  docker,
  prepareBikes,
  PROJECT,
  removeImagesOf,
  runReadOnly,
} from '../support/docker';
import { Workspace } from '../support/workspace';

jest.setTimeout(600_000);
process.env.NO_COLOR = '1';

/** Which of two texts are in the layers of an image, which may be packed. */
const IN_LAYERS = [
  'folder="$(mktemp -d)" && docker save "$0" | tar -xC "$folder"',
  'find "$folder" -type f -exec zcat -f {} + | grep -aoF -e "$1" -e "$2" | sort -u',
  'rm -r "$folder"',
].join('\n');

describeWithDocker('the image of a project', () => {
  const workspace = new Workspace();
  let first: ImageRecord;

  const built = async (options: object = {}): Promise<ImageRecord> => {
    const answer = await workspace.run(image, PROJECT, { json: true, ...options });
    if (!answer.success) throw new Error(answer.stderr);
    return JSON.parse(answer.stdout) as ImageRecord;
  };
  const inImage = (...args: string[]) => runReadOnly(first.image, ...args);

  beforeAll(async () => {
    await prepareBikes(workspace);
    workspace.write(`${PROJECT}/.gitignore`, `${workspace.read(`${PROJECT}/.gitignore`)}private.txt\n`);
    workspace.write(`${PROJECT}/src/bikes/private.txt`, 'a secret\n');
    workspace.commit('A file that git ignores');
    first = await built();
  });
  afterAll(async () => {
    removeImagesOf(workspace);
    await workspace.remove();
  });

  it('holds what production needs, for a user who can change nothing', () => {
    expect(inImage('python', '-c', 'import bikes; print(bikes.ANSWER)')).toBe('42');
    expect(inImage('id', '-u')).toBe('10001');
    expect(inImage('sh', '-c', 'touch /app/x /opt/venv/x /tmp/x 2>&1 | wc -l; ls /tmp')).toBe('2\nx');
    expect(inImage('sh', '-c', 'find /app -type f -not -name "*.pyc" | sort')).toBe(
      ['data/days.csv', 'pyproject.toml', 'requirements.txt', 'src/bikes/__init__.py']
        .map((path) => `/app/${path}`)
        .join('\n'),
    );
  });

  it('has nothing that installs or compiles, and its bytecode is there', () => {
    const tools = ['pip', 'pip3', 'uv', 'gcc', 'cc', 'easy_install'].join(' ');
    expect(inImage('sh', '-c', `for tool in ${tools}; do command -v $tool; done; true`)).toBe('');
    const modules =
      "[name for name in ('pip', 'setuptools', 'ensurepip', 'uv') if importlib.util.find_spec(name)]";
    expect(inImage('python', '-c', `import importlib.util; print(${modules})`)).toBe('[]');
    const checked =
      "import bikes, iniconfig; print([open(m.__cached__, 'rb').read(8)[4] for m in (bikes, iniconfig)])";
    expect(inImage('python', '-c', checked)).toBe('[1, 1]');
  });

  it('says where it is from', () => {
    const labels = JSON.parse(
      docker('image', 'inspect', '--format', '{{json .Config.Labels}}', first.image),
    ) as object;
    expect(labels).toMatchObject({
      'org.opencontainers.image.title': 'bikes',
      'org.opencontainers.image.version': '0.1.0',
      'org.opencontainers.image.revision': workspace.git('rev-parse', 'HEAD'),
      'org.opencontainers.image.created': workspace.git('log', '-1', '--format=%cI'),
    });
    expect(first).toMatchObject({
      dirty: false,
      reference: null,
      bases: [{ name: expect.stringContaining('python:') }],
    });
  });

  it('lists what is in it', () => {
    const { components, dependencies } = JSON.parse(readFileSync(workspace.path(first.sbom), 'utf8')) as {
      components: { purl: string; hashes?: { content: string }[] }[];
      dependencies: { ref: string; dependsOn?: string[] }[];
    };
    const python = components.filter(({ purl }) => purl.startsWith('pkg:pypi/'));
    expect(python.map(({ purl }) => purl.replace(/@.*/, ''))).toEqual([
      'pkg:pypi/acme-routes',
      'pkg:pypi/iniconfig',
    ]);
    expect(workspace.read(`${PROJECT}/requirements.txt`)).toContain(python[0]?.hashes?.[0]?.content);
    expect(components.some(({ purl }) => purl.startsWith('pkg:deb/debian/libc6@'))).toBe(true);
    expect(dependencies.find(({ ref }) => ref === 'bikes')?.dependsOn).toContain(python[0]?.purl);
  });

  it('holds neither the address nor the password of the private index', () => {
    const { password } = JSON.parse(workspace.read('.fabrica/registries/credentials.json')) as {
      password: string;
    };
    const container = docker('create', first.image);
    try {
      const found = docker('inspect', first.image) + docker('history', '--no-trunc', first.image);
      expect([found.includes(password), found.includes('127.0.0.1')]).toEqual([false, false]);
      expect(
        inImage('sh', '-c', `grep -rlF "$0" /opt /app /etc /usr/local /root 2>/dev/null; true`, password),
      ).toBe('');
      // Also not in a layer that a later one hides.
      const args = ['-c', IN_LAYERS, first.image, password, 'ANSWER = CODE + 1'];
      expect(execFileSync('sh', args, { encoding: 'utf8', env: process.env })).toBe('ANSWER = CODE + 1\n');
    } finally {
      docker('rm', container);
    }
  });

  it('is the same when it is built again from nothing, byte by byte', async () => {
    const again = await built({ cache: false });
    const { stderr } = await workspace.run(image, PROJECT, {});
    if (stderr.includes('writes the time of the build into layers')) return;
    expect([again.layers, again.id]).toEqual([first.layers, first.id]);
  });

  it('stays as it is when something else changes, and keeps its dependencies when its code does', async () => {
    workspace.write('README.md', '# Elsewhere\n');
    workspace.commit('Elsewhere');
    expect(await built()).toEqual(first);
    workspace.write(`${PROJECT}/src/bikes/more.py`, '');
    const dirty = await built();
    expect([dirty.dirty, dirty.image]).toEqual([true, `${first.image}-dirty`]);
    expect(dirty.layers.filter((layer) => !first.layers.includes(layer))).toHaveLength(1);
    workspace.commit('More');
    expect((await built()).layers).toEqual(dirty.layers);
  });

  it('is what the tests run in', async () => {
    await built();
    const passed = await workspace.run(testImage, PROJECT, {});
    expect([passed.success, passed.success ? '' : passed.stderr]).toEqual([true, '']);
    expect(passed.stdout).toContain('1 passed');
    workspace.write(
      `${PROJECT}/tests/test_place.py`,
      'import pathlib\n\n\ndef test_x():\n    pathlib.Path("x").touch()\n',
    );
    const failed = await workspace.run(testImage, PROJECT, {});
    expect(failed).toMatchObject({ success: false });
    expect(failed.stderr).toMatch(
      /error: the tests fail in bikes:\S+ \(exit code 1\)\n {2}try npx nx test bikes/,
    );
    workspace.write(`${PROJECT}/src/bikes/other.py`, '');
    const { stderr } = await workspace.run(testImage, PROJECT, {});
    expect(stderr).toMatch(
      /the project is not any more what bikes:\S+ was built from\n {2}try npx nx run bikes:image/,
    );
  });

  it('takes what a person writes below the section', async () => {
    const dockerfile = `${PROJECT}/Dockerfile`;
    workspace.write(
      dockerfile,
      `${workspace.read(dockerfile)}\nENV SEASON=winter\nCMD ["printenv", "SEASON"]\n`,
    );
    expect(runReadOnly((await built()).image)).toBe('winter');
  });
});

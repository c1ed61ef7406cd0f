import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import image from '../../src/executors/image/executor';
import testImage from '../../src/executors/test-image/executor';
import { freePort } from '../../src/support/ports';
import {
  builderSocket,
  describeWithDocker,
  docker,
  imagesOf,
  lineTo,
  prepareBikes,
  PROJECT,
  removeImagesOf,
} from '../support/docker';
import { ended, Workspace, type Answer } from '../support/workspace';

jest.setTimeout(600_000);
process.env.NO_COLOR = '1';

/** What goes wrong, with a real engine: each mistake is told with its place and the next command. */
describeWithDocker('an image that can not be built', () => {
  const workspace = new Workspace();
  const DOCKERFILE = `${PROJECT}/Dockerfile`;
  let dockerfile: string;
  let lock: string;

  beforeAll(async () => {
    await prepareBikes(workspace);
    dockerfile = workspace.read(DOCKERFILE);
    lock = workspace.read(`${PROJECT}/requirements.txt`);
  });
  afterEach(() => {
    workspace.write(DOCKERFILE, dockerfile);
    workspace.write(`${PROJECT}/requirements.txt`, lock);
  });
  afterAll(() => workspace.remove());

  const run = (options: object = {}): Promise<Answer> => workspace.run(image, PROJECT, options);
  const refused = async (options?: object): Promise<string> => {
    const { success, stderr } = await run(options);
    expect([success, stderr.includes('    at ')]).toEqual([false, false]);
    return stderr;
  };
  /** In a process of its own, with another environment. */
  const refusedIn = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const { code, output } = await ended(workspace.spawn('image', PROJECT, {}, env));
    expect(code).toBe(1);
    return output;
  };
  const below = (text: string) => workspace.write(DOCKERFILE, `${dockerfile}${text}\n`);
  const lineOf = (text: string) =>
    workspace
      .read(DOCKERFILE)
      .split('\n')
      .findIndex((line) => line.startsWith(text)) + 1;

  it('where Docker is not installed', async () => {
    const empty = workspace.path('.fabrica/empty');
    mkdirSync(empty);
    const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !holdsDocker(folder));
    expect(await refusedIn({ PATH: [empty, ...path].join(delimiter) })).toMatch(
      /error: Docker is not installed, or not on the PATH\n {2}try install Docker/,
    );
  });

  it('where Docker does not run', async () => {
    const nowhere = `tcp://127.0.0.1:${await freePort()}`;
    expect(await refusedIn({ DOCKER_HOST: nowhere })).toMatch(
      /error: Docker does not answer\n[\s\S]*\n {2}try start it/,
    );
  });

  it('where the builder is killed in the middle of it: nothing is tagged, and the next build goes on', async () => {
    below('RUN tail -f /dev/null');
    const { socket, alone } = builderSocket();
    const line = await lineTo(socket);
    const address = `tcp://127.0.0.1:${line.port}`;
    const name = `fabrica-test-${line.port}`;
    if (alone) docker('buildx', 'create', '--name', name, '--driver', 'remote', address);
    const build = ended(
      workspace.spawn('image', PROJECT, {}, alone ? { BUILDX_BUILDER: name } : { DOCKER_HOST: address }),
    );
    await line.said('tail -f /dev/null');
    line.cut();
    const { code, output } = await build;
    if (alone) docker('buildx', 'rm', '--force', name);
    expect([code, imagesOf(workspace)]).toEqual([1, []]);
    expect(output).toMatch(/error: the builder went away in the middle of the build; nothing was tagged/);
    workspace.write(DOCKERFILE, dockerfile);
    expect(await run()).toMatchObject({ success: true });
    removeImagesOf(workspace);
  });

  it('where the disk is full', async () => {
    below('USER root\nRUN --mount=type=tmpfs,size=1m,target=/full dd if=/dev/zero of=/full/x bs=1M count=2');
    expect(await refused()).toMatch(
      /error: no space is left on the disk that Docker builds on[\s\S]*\n {2}try docker system df/,
    );
  });

  it('where the base image can not be had', async () => {
    workspace.write(DOCKERFILE, dockerfile.replace(/ARG BASE=.*/, 'ARG BASE=localhost:5999/nobody/has:this'));
    const said = await refused();
    expect(said).toMatch(
      /error: projects\/bikes\/Dockerfile.*: the image localhost:5999\/nobody\/has:this, from which/,
    );
    expect(said).toContain('try docker pull localhost:5999/nobody/has:this');
  });

  it('where a line of the Dockerfile is wrong, or its command fails', async () => {
    below('RUNN true');
    expect(await refused()).toContain(`error: projects/bikes/Dockerfile:${lineOf('RUNN')}: `);
    below('RUN echo "no such model" >&2 && exit 7');
    const said = await refused();
    expect(said).toContain(`error: projects/bikes/Dockerfile:${lineOf('RUN echo')}: `);
    expect(said).toContain('no such model');
  });

  it('where it reaches out of the project', async () => {
    below('COPY ../../nx.json /app/');
    expect(await refused()).toContain(`projects/bikes/Dockerfile:${lineOf('COPY ../')}`);
  });

  it('where a pin has no hash, or another than the file', async () => {
    const bare = lock.replace(/(iniconfig==\S+).*(\n +--hash.*)+/, '$1');
    workspace.write(`${PROJECT}/requirements.txt`, bare);
    const line = bare.split('\n').findIndex((text) => text.startsWith('iniconfig')) + 1;
    expect(await refused()).toMatch(
      new RegExp(
        `error: ${PROJECT}/requirements.txt:${line}: iniconfig \\S+ has no hash in the lock\n {2}try npx nx run bikes:lock`,
      ),
    );
    workspace.write(
      `${PROJECT}/requirements.txt`,
      lock.replace(
        /(iniconfig==\S+ \\\n)( +--hash=sha256:[0-9a-f]{64}( \\\n)?)+/,
        `$1    --hash=sha256:${'0'.repeat(64)}`,
      ),
    );
    expect(await refused()).toContain('try npx nx run bikes:lock');
  });

  it('where the Dockerfile installs what no lock pins', async () => {
    below(
      'USER root\nRUN mkdir /opt/venv/lib/python3.11/site-packages/stray-1.0.dist-info && printf "Metadata-Version: 2.1\\nName: stray\\nVersion: 1.0\\n" > /opt/venv/lib/python3.11/site-packages/stray-1.0.dist-info/METADATA\nUSER 10001',
    );
    expect(await refused()).toMatch(
      /error: the image holds stray 1\.0, which projects\/bikes\/requirements\.txt does not pin/,
    );
  });

  it('where there is no Dockerfile, or no image to test', async () => {
    rmSync(workspace.path('.fabrica/images'), { recursive: true, force: true });
    const { stderr } = await workspace.run(testImage, PROJECT, {});
    expect(stderr).toContain('no image of bikes was built here\n  try npx nx run bikes:image');
    rmSync(workspace.path(DOCKERFILE));
    expect(await refused()).toMatch(/error: projects\/bikes\/Dockerfile is not there\n {2}try npx nx sync/);
  });
});

function holdsDocker(folder: string): boolean {
  return existsSync(join(folder, 'docker'));
}

import { check, found } from './testing/planted';

describe("docker-outside: an image is made of the project's folder", () => {
  it.each([
    ['COPY', 'COPY ../bikes/src /app'],
    ['COPY of several', 'COPY src ../bikes/src /app/'],
    ['COPY with flags', 'COPY --chown=1:1 --link ../bikes /app'],
    ['COPY as JSON', 'COPY ["../bikes", "/app"]'],
    ['COPY from the root of the workspace', 'COPY projects/bikes/src /app'],
    ['ADD', 'ADD ../bikes.tar /app'],
    ['a mount', 'RUN --mount=type=bind,source=../bikes,target=/bikes pip install /bikes'],
    ['this repository', 'ADD https://example.com/acme/science.git#main:projects/bikes /x'],
    ['ONBUILD', 'ONBUILD COPY ../x /x'],
    ['lower case', 'copy ../x /x'],
    ['a continued line', 'COPY \\\n  # why\n  ../bikes \\\n  /app'],
  ])('%s', (_name, text) => {
    expect(found({ Dockerfile: `FROM python\n${text}\n` })).toEqual(['docker-outside Dockerfile:2']);
  });

  it.each(['Dockerfile.dev', 'docker/Dockerfile', 'train.Dockerfile'])('in %s', (path) => {
    expect(found({ [path]: 'COPY ../../x /x\n' })).toEqual([`docker-outside ${path}:1`]);
  });

  it('says what and why', () => {
    expect(check({ Dockerfile: 'COPY ../bikes /x\n' }).findings[0]).toMatchObject({
      message: 'COPY takes ../bikes, which is outside of projects/rides',
      hint: expect.stringContaining('copy what is needed into it'),
    });
  });

  it.each([
    ['another image', 'COPY --from=builder ../x /x'],
    ["another image's mount", 'RUN --mount=from=builder,source=../x,target=/x true'],
    ['a path that comes back', 'COPY src/../data /data'],
    ['the target', 'COPY src ../app'],
    ['a comment', '# COPY ../bikes /x'],
    ['a command', 'RUN cp ../bikes /x && cd ..'],
    ['another repository', 'ADD git@example.com:acme/other.git /x'],
    ['a download', 'ADD https://example.com/../x /x'],
    ['a cache', 'RUN --mount=type=cache,source=../x,target=/var/cache/pip true'],
    ['the text of a file', 'COPY <<END /run.sh\nCOPY ../bikes /x\nEND'],
    ['a label', 'LABEL x="COPY ../bikes /x"'],
  ])('is silent about %s', (_name, text) => {
    expect(found({ Dockerfile: `FROM python\n${text}\n` })).toEqual([]);
  });
});

describe('docker-outside: nor a composition', () => {
  it.each([
    ['build', 'services:\n  app:\n    build: ../bikes\n', 3],
    ['build.context', 'services:\n  app:\n    build:\n      context: ../..\n', 4],
    [
      'build.dockerfile',
      'services:\n  app:\n    build:\n      context: .\n      dockerfile: ../bikes/Dockerfile\n',
      5,
    ],
    [
      'additional_contexts',
      'services:\n  app:\n    build:\n      additional_contexts:\n        bikes: ../bikes\n',
      5,
    ],
    [
      'additional_contexts, a list',
      'services:\n  app:\n    build:\n      additional_contexts:\n        - bikes=../bikes\n',
      5,
    ],
    [
      'volumes, short',
      'services:\n  app:\n    volumes:\n      - data:/data\n      - ../bikes:/bikes:ro\n',
      5,
    ],
    [
      'volumes, long',
      'services:\n  app:\n    volumes:\n      - type: bind\n        source: ../bikes\n        target: /b\n',
      5,
    ],
    ['volumes, by a default', 'services:\n  app:\n    volumes:\n      - ${DATA:-../bikes}:/bikes\n', 4],
    [
      'volumes, absolute into the workspace',
      'services:\n  app:\n    volumes:\n      - /home/me/acme/projects/bikes:/b\n',
      4,
    ],
    ['env_file', 'services:\n  app:\n    env_file: ../bikes/.env\n', 3],
    ['env_file, a list', 'services:\n  app:\n    env_file:\n      - .env\n      - path: ../bikes/.env\n', 5],
    [
      'extends',
      'services:\n  app:\n    extends:\n      file: ../bikes/compose.yaml\n      service: app\n',
      4,
    ],
    ['include', 'include:\n  - ../bikes/compose.yaml\n', 2],
    ['include, long', 'include:\n  - path: [a.yaml, ../bikes/compose.yaml]\n', 2],
    ['configs', 'configs:\n  c:\n    file: ../bikes/c.yaml\n', 3],
    ['secrets', 'secrets:\n  s:\n    file: ../bikes/s.txt\n', 3],
    ['this repository', 'services:\n  app:\n    build: https://example.com/acme/science.git\n', 3],
    ['a merged map', 'x-app: &app\n  build: ../bikes\nservices:\n  app:\n    <<: *app\n', 2],
  ])('%s', (_name, text, line) => {
    expect(found({ 'compose.yaml': text })).toEqual([`docker-outside compose.yaml:${line}`]);
  });

  it.each(['compose.yml', 'compose.dev.yaml', 'docker-compose.yml', 'docker-compose.override.yaml'])(
    'in %s',
    (path) => {
      expect(found({ [path]: 'include: [../x.yaml]\n' })).toEqual([`docker-outside ${path}:1`]);
    },
  );

  it.each([
    ['a named volume', 'services:\n  app:\n    volumes:\n      - bikes:/data\nvolumes:\n  bikes:\n'],
    [
      "a container's path",
      'services:\n  app:\n    volumes:\n      - ./data:/../bikes\n    working_dir: ../bikes\n',
    ],
    ['its own folder', 'services:\n  app:\n    build: .\n    env_file: ./.env\n'],
    [
      'the machine',
      'services:\n  app:\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock\n      - ~/.aws:/root/.aws\n      - ${HOME}/x:/x\n',
    ],
    ['a repository', 'services:\n  app:\n    build: https://example.com/x.git#../y\n'],
    ['a command', 'services:\n  app:\n    command: cat ../bikes\n'],
    ['a service of the same file', 'services:\n  app:\n    extends:\n      service: bikes\n'],
  ])('is silent about %s', (_name, text) => {
    expect(found({ 'compose.yaml': text })).toEqual([]);
  });

  it('is silent about a path from a folder of its own that comes back', () => {
    expect(found({ 'docker/compose.yaml': 'services:\n  app:\n    build: ..\n' })).toEqual([]);
  });
});

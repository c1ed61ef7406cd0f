import { folderWith } from '../workspace/testing/folder';
import { buildArguments, indexVariables, type BuildPlan } from './build';
import { checkHashes } from './contexts';
import { builderOf } from './docker';
import { stagesOf } from './dockerfile';
import { labelsOf, namesOf, tagOf } from './names';
import { imageRegistry } from './publish';
import { webAddress } from './revision';
import { testOnly, withTests } from './test-image';

const BIKES = { name: 'bikes', folder: 'projects/bikes', version: '1.2.0', description: 'Rents bikes.' };
const COMMIT = '4f2a9c0d1e3b5a6978cc4f2a9c0d1e3b5a6978cc';

describe('the names of an image', () => {
  it('say the version and the commit, and what is not committed', () => {
    expect(tagOf(BIKES, { commit: COMMIT, dirty: false, shallow: false })).toBe('1.2.0-4f2a9c0d1e3b');
    expect(tagOf(BIKES, { commit: COMMIT, dirty: true, shallow: false })).toBe('1.2.0-4f2a9c0d1e3b-dirty');
    expect(tagOf({ version: '1.2.0+local' }, { dirty: true, shallow: false })).toBe('1.2.0-local-dirty');
    expect(namesOf(BIKES, '1')).toEqual({ local: 'bikes:1', inferred: 'projects-bikes' });
  });

  it('come with labels, of what is known', () => {
    const base = `python:3.11@sha256:${'0'.repeat(64)}`;
    const revision = { commit: COMMIT, date: '2026-11-21T10:00:00+00:00', dirty: true, shallow: false };
    expect(labelsOf(BIKES, revision, base)).toEqual({
      'org.opencontainers.image.title': 'bikes',
      'org.opencontainers.image.description': 'Rents bikes.',
      'org.opencontainers.image.version': '1.2.0',
      'org.opencontainers.image.revision': `${COMMIT}-dirty`,
      'org.opencontainers.image.created': '2026-11-21T10:00:00+00:00',
      'org.opencontainers.image.base.name': 'python:3.11',
      'org.opencontainers.image.base.digest': `sha256:${'0'.repeat(64)}`,
    });
  });

  it.each([
    ['git@code.example:acme/science.git', 'https://code.example/acme/science'],
    ['ssh://git@code.example:22/acme/science.git', 'https://code.example/acme/science'],
    ['https://anna:secret@code.example/acme/science.git', 'https://code.example/acme/science'],
    ['https://code.example/acme/science/', 'https://code.example/acme/science'],
    ['/srv/git/science.git', undefined],
    ['../science', undefined],
    ['file:///srv/git/science.git', undefined],
  ])('take the source %s as %s: a page, and no password', (remote, page) => {
    expect(webAddress(remote)).toBe(page);
  });
});

describe('a build', () => {
  const plan: BuildPlan = {
    ...BIKES,
    tags: ['bikes:1'],
    labels: { a: 'b' },
    cache: true,
  };
  const contexts = { project: '/p', wheels: '/w' };
  const current = { name: 'x', driver: 'docker', version: '0.22.0', current: true };

  it('has no address and no password among its arguments', () => {
    expect(buildArguments(plan, contexts, current, '/m').slice(4)).toEqual([
      ...['--load', '--metadata-file', '/m', '--provenance', 'false', '--build-context', 'wheels=/w'],
      ...['--secret', 'id=indexes,env=FABRICA_IMAGE_INDEXES', '--build-arg', 'SOURCE_DATE_EPOCH=315532800'],
      ...['--label', 'a=b', '--tag', 'bikes:1', '/p'],
    ]);
    const old = { ...current, current: false };
    const anew = buildArguments(
      { ...plan, cache: false, dockerfile: 'FROM x', target: 't' },
      contexts,
      old,
      '/m',
    );
    expect(anew).toEqual(
      expect.arrayContaining(['BUILDKIT_SYNTAX=docker/dockerfile:1', '--no-cache', '--target', '-']),
    );
  });

  it('lays what it adds on an image by its digest, where it is told to', () => {
    const stages = { runtime: `registry.example.com/bikes@sha256:${'0'.repeat(64)}` };
    expect(buildArguments({ ...plan, stages }, contexts, current, '/m')).toContain(
      `runtime=docker-image://${stages.runtime}`,
    );
  });

  it('is told of indexes as a shell reads it', () => {
    const variables = {
      UV_DEFAULT_INDEX: "https://a:b'c@index.example/simple",
      UV_INDEX_ACME_PASSWORD: 'x',
      HOME: '/',
    };
    expect(indexVariables(variables)).toBe(
      `UV_DEFAULT_INDEX='https://a:b'\\''c@index.example/simple'\nUV_INDEX_ACME_PASSWORD='x'\nPIP_INDEX_URL='https://a:b'\\''c@index.example/simple'\n`,
    );
    expect(indexVariables({})).toBe('');
  });

  it('knows what builds', () => {
    const text =
      'Name:   default\nDriver: docker\n\nNodes:\nName:             default\nBuildKit version: v0.8+unknown\n';
    expect(builderOf(text)).toEqual({
      name: 'default',
      driver: 'docker',
      version: '0.8',
      current: false,
    });
    expect(builderOf(text.replace('v0.8+unknown', 'v0.22.0'))).toMatchObject({
      version: '0.22.0',
      current: true,
    });
  });

  it('refuses a lock in which a pin has no hash, with its line', () => {
    const root = folderWith({
      'projects/bikes/requirements.txt': `a==1 \\\n    --hash=sha256:${'0'.repeat(64)}\nb==2\n`,
    });
    expect(() => checkHashes(root, 'projects/bikes')).toThrow(
      expect.objectContaining({
        code: 'lock-no-hash',
        message: 'b 2 has no hash in the lock',
        place: { file: 'projects/bikes/requirements.txt', line: 3 },
      }),
    );
  });
});

describe('the registry of images', () => {
  const root = folderWith({ 'nx.json': '{}' });

  it.each([
    'registry.acme.example/science',
    'localhost:5000/a/b-c',
    'localhost/x',
    'registry:5000',
    'eu.pkg.example',
  ])('may be %s', (registry) => expect(imageRegistry(root, registry)).toBe(registry));

  it.each([
    'science',
    'acme/science',
    'https://registry.acme.example/science',
    'registry.acme.example/Science',
  ])('is never %s: it would be another one, or none', (registry) =>
    expect(() => imageRegistry(root, undefined, { FABRICA_IMAGE_REGISTRY: registry })).toThrow(
      expect.objectContaining({ code: 'bad-image-registry' }),
    ),
  );
});

describe('the tests of an image', () => {
  it('get only the packages that production has not', () => {
    const pin = (name: string) => `${name}==1 \\\n    --hash=sha256:${'0'.repeat(64)}\n`;
    const root = folderWith({
      'requirements.txt': pin('pandas'),
      'requirements-dev.txt': `# inputs: x\n${pin('pandas')}${pin('pytest')}${pin('ruff')}`,
    });
    expect(testOnly(root)).toBe(pin('pytest') + pin('ruff'));
  });

  it('run in the last stage, whatever a person added', () => {
    const own = 'FROM python AS dependencies\nFROM python AS runtime\nENV A=1\nfrom runtime as slim\n';
    expect(stagesOf(own).map(({ name }) => name)).toEqual(['dependencies', 'runtime', 'slim']);
    expect(withTests(own, 'projects/bikes')).toContain('\nFROM slim AS tests\nCOPY --from=test-dependencies');
    const all = 'FROM python AS tests\nCMD ["true"]\n';
    expect(withTests(all, 'projects/bikes')).toBe(all);
    expect(() => withTests('FROM python\n', 'projects/bikes')).toThrow(
      expect.objectContaining({
        code: 'no-test-stage',
        place: { file: 'projects/bikes/Dockerfile', line: 1 },
      }),
    );
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { folderWith } from '../workspace/testing/folder';
import { dockerfileLines } from '../layout/dockerfile';
import { composeFile, composeName, type Wish } from './compose';
import { withDevelopment } from './dockerfile';
import { passedOn } from './environment';
import { packagesNamed, unmetBy } from './packages';

const folder = 'projects/bikes';
const dockerfile = dockerfileLines({ name: 'bikes', parts: [] }).join('\n');

describe('the Dockerfile that a project is developed in', () => {
  const facts = { folder, owner: { uid: 1000, gid: 100 }, lab: true, layers: [] };

  it('goes on from what ships, with the lock of development, as the owner of the files', () => {
    const text = withDevelopment(`${dockerfile}\nFROM runtime AS mine\n`, facts);
    expect(text.startsWith(dockerfile)).toBe(true);
    expect(text).toContain('FROM mine AS develop');
    expect(text).toContain('--require-hashes --find-links /wheels /tmp/requirements-dev.txt');
    expect(text).toContain("echo 'dev:x:1000:100:");
    expect(text.trimEnd().endsWith('USER 1000:100')).toBe(true);
  });

  it('has what syncs files where they are not mounted, and what ships has not', () => {
    const text = withDevelopment(dockerfile, { ...facts, owner: { uid: 10001, gid: 10001 }, synced: true });
    expect(text).toContain('COPY --from=develop-sync /usr/local/bin/unison');
    expect(text).toContain("sed -i '/^[^:]*:x:10001:/d' /etc/passwd");
    expect(withDevelopment(dockerfile, facts)).not.toContain('unison');
    expect(dockerfile).not.toContain('unison');
  });

  it('has no JupyterLab where there is no kernel', () => {
    expect(withDevelopment(dockerfile, facts)).toContain('COPY --from=develop-tools /opt/jupyter');
    expect(withDevelopment(dockerfile, { ...facts, lab: false })).not.toContain('COPY --from=develop-tools');
  });

  it('has an environment for experiments that use other projects, in which notebooks run', () => {
    const alone = withDevelopment(dockerfile, facts);
    expect(alone).not.toContain('/opt/experiments');
    expect(alone).toContain('"argv":["/opt/venv/bin/python"');
    const text = withDevelopment(dockerfile, { ...facts, layers: [folder, 'projects/rides'] });
    expect(text).toContain(
      '/workspace/projects/bikes/src /workspace/projects/rides/src > fabrica-project.pth',
    );
    expect(text).toContain('"argv":["/opt/experiments/bin/python"');
  });

  it("leaves a person's own stage alone, and says what to add where nothing is the toolkit's", () => {
    const own = 'FROM python:3.11 AS develop\n';
    expect(withDevelopment(own, facts)).toBe(own);
    expect(() => withDevelopment('FROM python:3.11\n', facts)).toThrow(
      expect.objectContaining({ code: 'no-develop-stage', place: { file: `${folder}/Dockerfile`, line: 1 } }),
    );
  });
});

describe('what is passed on', () => {
  const root = folderWith({});
  const passed = (env: NodeJS.ProcessEnv, more: string[] = []) =>
    passedOn({ root, folder, more, env: { PATH: '/bin', ...env } });

  it('is what signs in, by name, and what is asked for; nothing of registries or of this machine', () => {
    const { secret } = passed(
      {
        AWS_PROFILE: 'me',
        SNOWFLAKE_PASSWORD: 'x',
        FABRICA_ENVIRONMENT: 'local',
        FABRICA_PYPI_PASSWORD: 'x',
        UV_INDEX_FABRICA_PASSWORD: 'x',
        FABRICA_PYTHON: '/usr/bin/python3',
        EDITOR: 'vi',
        OPENAI_API_KEY: 'x',
      },
      ['OPENAI_API_KEY'],
    );
    expect(Object.keys(secret).sort()).toEqual([
      'AWS_PROFILE',
      'FABRICA_ENVIRONMENT',
      'OPENAI_API_KEY',
      'SNOWFLAKE_PASSWORD',
    ]);
  });

  it('a file of credentials is mounted', () => {
    const file = join(root, 'key.json');
    writeFileSync(file, '{}');
    const { secret, stated, mounts } = passed({ GOOGLE_APPLICATION_CREDENTIALS: file });
    const target = '/run/credentials/GOOGLE_APPLICATION_CREDENTIALS';
    expect(mounts).toEqual([{ source: file, target, readOnly: true }]);
    expect(stated.GOOGLE_APPLICATION_CREDENTIALS).toBe(target);
    expect(secret).toEqual({});
  });

  it.each([
    [undefined, 'stated', '/workspace/.fabrica/store'],
    ['gs://acme/store', 'secret', 'gs://acme/store'],
    [`file://${root}/kept`, 'secret', 'file:///workspace/kept'],
  ] as const)('a store at %s is %s as %s', (store, part, there) => {
    expect(passed({ ...(store && { FABRICA_STORE: store }) })[part].FABRICA_STORE).toBe(there);
  });

  it('a store elsewhere on this disk is there, too', () => {
    const elsewhere = folderWith({});
    expect(passed({ FABRICA_STORE: elsewhere }).mounts).toEqual([
      { source: elsewhere, target: elsewhere, readOnly: false },
    ]);
  });
});

describe('the compose file', () => {
  const wish: Wish = {
    root: '/home/ann/$work',
    project: 'bikes',
    folder,
    image: 'bikes:develop-1',
    owner: { uid: 1000, gid: 100 },
    lab: true,
    ports: [{ inside: 8888, outside: 8889 }],
    passed: { stated: { FABRICA_PROJECT: 'bikes' }, secret: { AWS_SECRET_ACCESS_KEY: 'secret' }, mounts: [] },
    services: ['postgres'],
    serviceImages: { postgres: 'registry.acme.example/postgres:17' },
    packages: ['routes'],
  };
  const text = composeFile(wish);
  const { services, volumes } = parse(text) as {
    services: Record<string, Record<string, unknown>>;
    volumes: object;
  };

  it('names secrets and holds none; a dollar is no variable; ports are on loopback', () => {
    expect(text).not.toContain('secret');
    expect(services.develop).toMatchObject({
      user: '1000:100',
      ports: ['127.0.0.1:8889:8888'],
      environment: {
        AWS_SECRET_ACCESS_KEY: null,
        JUPYTER_TOKEN: null,
        DATABASE_URL: 'postgresql://dev:dev@postgres:5432/dev',
        PYTHONPATH: '/workspace/packages/routes/src:/workspace/projects/bikes/src',
      },
      volumes: [{ type: 'bind', source: '/home/ann/$$work', target: '/workspace' }],
    });
  });

  it('starts services first, from the image that nx.json names; their files are in a volume', () => {
    expect(services.develop?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(services.postgres).toMatchObject({ image: 'registry.acme.example/postgres:17' });
    expect(volumes).toEqual({ postgres: {} });
  });

  it('two clones of a workspace are two', () => {
    expect(composeName('/a', 'bikes')).not.toBe(composeName('/b', 'bikes'));
  });
});

describe('--with', () => {
  const root = folderWith({});
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write(
    'packages/routes/pyproject.toml',
    '[project]\nname = "acme-routes"\nversion = "1.0.0"\ndependencies = ["six>=2", "humanize"]\n',
  );
  write(`${folder}/requirements-dev.txt`, 'six==1.17.0\n');

  it('finds packages by folder and by distribution, once', () => {
    expect(packagesNamed(root, ['routes', 'routes']).map(({ name }) => name)).toEqual(['routes']);
    expect(packagesNamed(root, ['acme-routes']).map(({ name }) => name)).toEqual(['routes']);
    expect(() => packagesNamed(root, ['route'])).toThrow('did you mean "routes"?');
  });

  it('says what the lock lacks for them', () => {
    expect(unmetBy(root, folder, packagesNamed(root, ['routes']))).toEqual([
      'packages/routes wants six>=2, the lock has 1.17.0',
      'packages/routes wants humanize, the lock has none',
    ]);
  });
});

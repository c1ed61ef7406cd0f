import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildTypeScript } from '../../src/executors/build/typescript';
import { TEMPLATE_VERSION } from '../../src/generators/project/template';
import { publishNpm } from '../../src/registries/publish-npm';
import { ensureNpm } from '../../src/registries/registries';
import { listProcesses, stopProcess } from '../../src/support/processes';
import { Workspace } from '../support/workspace';
import { cleanEnvironment, commit, expectPasses, freshFolder, git, HERE, nxOk, write } from './workspace';

const MINUTES = 60_000;

/** The plugin as others get it: packed, published to the private registry, installed from it into an empty workspace. */
describe('the packed plugin in an empty workspace', () => {
  const house = new Workspace();
  const root = freshFolder();

  beforeAll(async () => {
    await buildTypeScript(HERE, 'packages/fabrica', {});
    const registry = await ensureNpm(house.root);
    await publishNpm(HERE, 'packages/fabrica', registry);
    const { version } = manifest(HERE, 'packages/fabrica/package.json');
    const versions = manifest(HERE, 'package.json').devDependencies as Record<string, string>;
    write(root, {
      'nx.json': '{ "analytics": false, "neverConnectToCloud": true }\n',
      'package.json': JSON.stringify({
        name: '@acme/source',
        private: true,
        devDependencies: { fabrica: version, nx: versions.nx },
      }),
      '.npmrc': `registry=${registry.url}\nomit-lockfile-registry-resolved=true\nfund=false\naudit=false\n`,
      '.gitignore': 'node_modules\n.nx\n',
    });
    install(root);
    git(root, 'init', '--quiet', '--initial-branch=main');
    commit(root, 'Start');
    nxOk(root, ['g', 'fabrica:project', 'bikes', '--owner=mobility', '--service', '--no-interactive']);
    commit(root, 'Add bikes');
  }, 15 * MINUTES);

  afterAll(async () => {
    for (const folder of [root, house.root])
      await Promise.all(listProcesses(folder).map((record) => stopProcess(folder, record)));
    await house.remove();
  }, MINUTES);

  it('carries no sources, and all that it needs', () => {
    const files = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: join(HERE, 'packages', 'fabrica'),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [packed] = Object.values(JSON.parse(files) as Record<string, { files: { path: string }[] }>);
    const paths = (packed as { files: { path: string }[] }).files.map(({ path }) => path);
    expect(paths.filter((path) => /^src\/|\.spec\.(ts|js)$|^e2e\/|\/testing\//.test(path))).toEqual([]);
    expect(paths).toEqual(
      expect.arrayContaining([
        'bin/env.cjs',
        'dist/plugin.js',
        'dist/generators/project/schema.json',
        'dist/generators/project/files/base/fabrica.yaml.template',
        'dist/python/pins/nbstripout.txt',
        'dist/python/pins/jupyterlab.txt',
        'dist/experiments/execute.py',
        'dist/generators/project/templates/1.json',
        'dist/migrations/template-record/migration.js',
        'dist/release/version-actions.js',
        'migrations.json',
        'dist/generators/package/files/typescript/src/clip.ts.template',
        'dist/cluster/kubernetes.json',
        'schemas/environment.schema.json',
        'schemas/fabrica.schema.json',
      ]),
    );
    expect(
      paths.filter((path) => path.endsWith('.whl')).map((path) => path.split('/').at(-1)?.split('-')[0]),
    ).toEqual(
      expect.arrayContaining([
        'fabrica_logging',
        'fabrica_pipelines',
        'fabrica_serving',
        'fabrica_storage',
        'fabrica_tracking',
        'fabrica_warehouse',
      ]),
    );
  });

  it(
    'generates a project whose tests, lint and types pass, and whose pipeline runs',
    () => {
      for (const target of ['layout', 'test', 'lint', 'typecheck', 'run'])
        expectPasses(root, `bikes:${target}`);
      nxOk(root, ['sync:check']);
    },
    15 * MINUTES,
  );

  it(
    'runs the pipeline again from its cache',
    () => {
      expect(nxOk(root, ['run', 'bikes:run']).text).toContain('5 cached');
    },
    MINUTES,
  );

  it(
    'wrote a notebook that runs',
    () => {
      const { text } = nxOk(root, ['run', 'bikes:notebook', '--execute=notebooks/explore.ipynb']);
      expect(text).toContain('notebooks/explore.ipynb ran to its end');
    },
    5 * MINUTES,
  );

  it('leaves a locked project that names no index and no path', () => {
    const lock = readFileSync(join(root, 'projects/bikes/requirements.txt'), 'utf8');
    expect(lock).toMatch(/^fabrica-pipelines==\d/m);
    expect(lock).not.toMatch(/https?:|file:|index-url|find-links/);
    expect(git(root, 'status', '--porcelain').trim()).toBe('');
  });

  it(
    'changes nothing when it generates the project again',
    () => {
      nxOk(root, ['g', 'fabrica:project', 'bikes', '--no-interactive']);
      nxOk(root, ['g', 'fabrica:project', 'bikes', '--owner=mobility', '--service', '--no-interactive']);
      expect(git(root, 'status', '--porcelain').trim()).toBe('');
    },
    5 * MINUTES,
  );

  it(
    'generates a package whose tests, lint and types pass',
    () => {
      nxOk(root, [
        'g',
        'fabrica:package',
        'routes',
        '--description=Routes between stations.',
        '--no-interactive',
      ]);
      for (const target of ['test', 'lint', 'typecheck', 'build']) expectPasses(root, `routes:${target}`);
    },
    10 * MINUTES,
  );

  it(
    'another version of the plugin makes its projects affected',
    () => {
      commit(root, 'Add routes');
      const file = 'package-lock.json';
      const lock = manifest(root, file) as unknown as { packages: Record<string, { version: string }> };
      (lock.packages['node_modules/fabrica'] as { version: string }).version = '99.0.0';
      write(root, { [file]: JSON.stringify(lock, null, 2) });
      commit(root, 'Upgrade the plugin');
      const affected = nxOk(root, [
        'show',
        'projects',
        '--affected',
        '--base=HEAD~1',
        '--head=HEAD',
      ]).stdout.split('\n');
      expect(affected).toEqual(expect.arrayContaining(['bikes', 'routes']));
      git(root, 'reset', '--quiet', '--hard', 'HEAD~1');
    },
    5 * MINUTES,
  );

  it(
    'releases a package',
    () => {
      git(root, 'config', 'user.name', 'Test');
      git(root, 'config', 'user.email', 'test@example.com');
      nxOk(root, ['release', 'patch', '--projects=routes', '--skip-publish']);
      expect(git(root, 'tag', '--points-at', 'HEAD').trim()).toBe('routes@0.1.0');
      expect(git(root, 'status', '--porcelain').trim()).toBe('');
    },
    5 * MINUTES,
  );

  it(
    'brings a project up to date with the next version of the plugin: nx migrate, then fabrica:update',
    async () => {
      const settings = 'projects/bikes/fabrica.yaml';
      const read = (file: string) => readFileSync(join(root, file), 'utf8');
      // As it was made before projects remembered their template.
      write(root, { [settings]: read(settings).replace(/^template: .*\n/m, '') });
      const { release, ...nxJson } = JSON.parse(read('nx.json')) as { release: object };
      write(root, { 'nx.json': JSON.stringify(nxJson) });
      commit(root, 'A project of the past');
      await publishNextVersion();

      nxOk(root, ['migrate', 'fabrica@0.2.0'], { NX_USE_LOCAL: 'true' });
      install(root);
      const { text } = nxOk(root, ['migrate', '--run-migrations'], { NX_USE_LOCAL: 'true' });
      expect(text).toContain(`${settings} says now that template 1 made the project`);
      expect(read(settings)).toMatch(/^template: { version: 1, parts: \[pipeline, service\] }$/m);
      expect(JSON.parse(read('nx.json'))).toMatchObject({ release });
      commit(root, 'Fabrica 0.2.0');

      expect(nxOk(root, ['g', 'fabrica:update', '--all']).text).toMatch(
        new RegExp(`bikes +1 +${TEMPLATE_VERSION + 1} +1 +0 +updated`),
      );
      expect(read('projects/bikes/pyproject.toml')).toContain('"pandas>=2.2,<5"');
      // The lock was written anew: no check complains that it is stale.
      expect(git(root, 'status', '--porcelain')).toContain('projects/bikes/requirements.txt');
      nxOk(root, ['run', 'bikes:install']);
    },
    15 * MINUTES,
  );

  /** The plugin once more, with another version and a template that lets a dependency go further. */
  async function publishNextVersion(): Promise<void> {
    const next = freshFolder();
    const own = join(HERE, 'packages', 'fabrica');
    const published = [
      'bin',
      'dist',
      'schemas',
      'package.json',
      'generators.json',
      'executors.json',
      'migrations.json',
    ];
    for (const name of published) cpSync(join(own, name), join(next, 'fabrica', name), { recursive: true });
    const edit = (file: string, before: string, after: string) => {
      const text = readFileSync(join(next, 'fabrica', file), 'utf8');
      expect(text).toContain(before);
      write(next, { [`fabrica/${file}`]: text.replace(before, after) });
    };
    edit(
      'package.json',
      `"version": "${manifest(HERE, 'packages/fabrica/package.json').version}"`,
      '"version": "0.2.0"',
    );
    edit(
      'dist/generators/project/template.js',
      `TEMPLATE_VERSION = ${TEMPLATE_VERSION}`,
      `TEMPLATE_VERSION = ${TEMPLATE_VERSION + 1}`,
    );
    edit('dist/generators/project/parts.js', 'pandas>=2.2,<4', 'pandas>=2.2,<5');
    await publishNpm(next, 'fabrica', await ensureNpm(house.root));
  }
});

function install(root: string): void {
  execFileSync('npm', ['install', '--ignore-scripts', '--prefer-offline'], {
    cwd: root,
    env: cleanEnvironment(),
    stdio: 'pipe',
  });
}

function manifest(root: string, file: string): { version: string; devDependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}

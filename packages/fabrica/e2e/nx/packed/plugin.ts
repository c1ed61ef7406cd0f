import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commit, expectPasses, git, HERE, nxOk, write } from '../workspace';

const MINUTES = 60_000;

/** What the packed plugin does in a workspace that `create-fabrica` made, with the project `bikes`. */
export function describePlugin(root: string): void {
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
        'dist/generators/init/files/.github/workflows/ci.yml.template',
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
      for (const target of ['layout', 'test', 'lint', 'typecheck', 'boundaries', 'run'])
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
}

function manifest(root: string, file: string): object {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}

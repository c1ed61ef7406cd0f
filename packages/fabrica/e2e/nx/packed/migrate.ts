import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TEMPLATE_VERSION } from '../../../src/generators/project/template';
import { cleanEnvironment, commit, git, nx, nxOk, write } from '../workspace';
import type { Edit, PackedHouse } from './house';

const MINUTES = 60_000;
const SETTINGS = 'projects/bikes/fabrica.yaml';

/** A version of before there were migrations, and before @nx/docker was one of its peers. */
const OLDER: readonly Edit[] = [
  ['migrations.json', /"generators": \{[\s\S]*\}/, '"generators": {}\n}'],
  ['package.json', /"@nx\/docker": "[^"]*",\s*/, ''],
  ['package.json', /"peerDependenciesMeta": \{.*?\}\s*\},\s*/s, ''],
];

/** One with a template that lets a dependency go further. */
const NEWER: readonly Edit[] = [
  [
    'dist/generators/project/template.js',
    `TEMPLATE_VERSION = ${TEMPLATE_VERSION}`,
    `TEMPLATE_VERSION = ${TEMPLATE_VERSION + 1}`,
  ],
  ['dist/generators/project/parts.js', 'pandas>=2.2,<4', 'pandas>=2.2,<5'],
];

/** An older workspace becomes one of the newest version: configuration by `nx migrate`, projects by `fabrica:update`. */
export function describeMigrate(packed: PackedHouse, root: string): void {
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const json = (file: string) => JSON.parse(read(file));
  // Nx would install its own newest version for it.
  const migrate = (...args: string[]) => nxOk(root, ['migrate', ...args], { NX_USE_LOCAL: 'true' }).text;
  const versionOf = (name: string) => json(`node_modules/${name}/package.json`).version;

  it(
    'brings an older workspace to the newest version',
    async () => {
      await packed.publishAs('0.0.9', OLDER);
      const { release, plugins, ...nxJson } = json('nx.json');
      const { '@nx/docker': docker, ...others } = json('package.json').devDependencies;
      write(root, {
        // As they were before projects remembered their template, and nx.json how to release.
        [SETTINGS]: read(SETTINGS).replace(/^template: .*\n/m, ''),
        'nx.json': JSON.stringify({ ...nxJson, plugins: plugins.slice(1) }),
        'package.json': JSON.stringify({
          ...json('package.json'),
          devDependencies: { ...others, fabrica: '0.0.9' },
        }),
      });
      install(root);
      expect([versionOf('fabrica'), nx(root, ['show', 'project', 'bikes']).code]).toEqual(['0.0.9', 0]);
      commit(root, 'A workspace of the past');

      await packed.publishAs('0.2.0', NEWER);
      migrate('fabrica@latest');
      install(root);
      expect([versionOf('fabrica'), versionOf('@nx/docker')]).toEqual(['0.2.0', docker]);
      const text = migrate('--run-migrations');
      expect(text).toContain(`${SETTINGS} says now that template 1 made the project`);
      expect(read(SETTINGS)).toMatch(/^template: { version: 1, parts: \[pipeline, service\] }$/m);
      expect(json('nx.json')).toMatchObject({ release, plugins });
      nxOk(root, ['sync:check']);
      git(root, 'clean', '--force', '--quiet', 'migrations.json');
      commit(root, 'Fabrica 0.2.0');
    },
    15 * MINUTES,
  );

  it(
    'and its projects to the newest template',
    () => {
      expect(nxOk(root, ['g', 'fabrica:update', '--all']).text).toMatch(
        new RegExp(`bikes +1 +${TEMPLATE_VERSION + 1} +\\d+ +0 +updated`),
      );
      expect(read('projects/bikes/pyproject.toml')).toContain('"pandas>=2.2,<5"');
      // The lock was written anew: no check complains that it is stale.
      expect(git(root, 'status', '--porcelain')).toContain('projects/bikes/requirements.txt');
      nxOk(root, ['run', 'bikes:install']);
    },
    15 * MINUTES,
  );
}

function install(root: string): void {
  execFileSync('npm', ['install', '--ignore-scripts', '--prefer-offline'], {
    cwd: root,
    env: cleanEnvironment(),
    stdio: 'pipe',
  });
}

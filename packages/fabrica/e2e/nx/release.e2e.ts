import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedCredentials } from '../../src/registries/credentials';
import { treeInCommit } from '../../src/registries/git';
import { versionsOnIndex } from '../../src/registries/index-client';
import { npmHeaders } from '../../src/registries/npm';
import { ensureNpm, ensurePypi } from '../../src/registries/registries';
import { freePort } from '../../src/support/ports';
import { listProcesses, stopProcess } from '../../src/support/processes';
import { printed, shareTools } from '../support/workspace';
import { cleanEnvironment, commit, git, nx, nxOk, workspaceWithPlugin, write, type Said } from './workspace';

const MINUTES = 60_000;
const CLIP = '@fabrica/clip';
const OURS = `--projects=calendar,routes,${CLIP}`;

/** Two Python packages, one of which needs the other, and one of TypeScript, released into real registries. */
describe('nx release', () => {
  let root: string;
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const record = (file: string) => JSON.parse(read(file)) as { tree: string; files: Record<string, string> };
  const edit = (file: string, before: string, after: string) => {
    expect(read(file)).toContain(before);
    write(root, { [file]: read(file).replace(before, () => after) });
  };
  const release = (...args: string[]): Said => nx(root, ['release', '--yes', OURS, ...args]);
  const versioned = (...args: string[]): Said => nx(root, ['release', OURS, '--skip-publish', ...args]);
  const publish = (env: NodeJS.ProcessEnv = {}): Said => nx(root, ['release', 'publish', OURS], env);
  const change = (name: string, subject: string) => {
    const file = {
      calendar: 'src/fabrica/calendar/_clip.py',
      routes: 'src/fabrica/routes/_clip.py',
      clip: 'src/clip.ts',
    }[name];
    const comment = name === 'clip' ? '//' : '#';
    write(root, {
      [`packages/${name}/${file}`]: `${read(`packages/${name}/${file}`)}${comment} ${subject}\n`,
    });
    commit(root, subject);
  };
  const state = () => [git(root, 'rev-parse', 'HEAD'), git(root, 'tag'), git(root, 'status', '--porcelain')];
  const tags = () => git(root, 'tag', '--points-at', 'HEAD').trim().split('\n');
  const pypiVersions = async (name: string) => versionsOnIndex(await ensurePypi(root), name);
  const npmPackage = async () => {
    const registry = await ensureNpm(root);
    const answer = await fetch(new URL(CLIP.replace('/', '%2f'), registry.url), {
      headers: npmHeaders(registry),
    });
    return (await answer.json()) as { versions: Record<string, object>; 'dist-tags': Record<string, string> };
  };

  beforeAll(async () => {
    root = workspaceWithPlugin({});
    shareTools(root);
    git(root, 'config', 'user.name', 'Test');
    git(root, 'config', 'user.email', 'test@example.com');
    for (const name of ['calendar', 'routes', 'clip --language=typescript --skipLock'])
      nxOk(root, ['g', 'fabrica:package', ...name.split(' '), '--no-interactive']);
    edit(
      'packages/routes/pyproject.toml',
      'dependencies = []',
      'dependencies = ["fabrica-calendar>=0.1,<1"]',
    );
    edit(
      'packages/routes/pyproject.toml',
      'managed = false\n',
      'managed = false\n\n[tool.uv.sources]\nfabrica-calendar = { path = "../calendar", editable = true }\n',
    );
    nxOk(root, ['run', 'routes:lock']);
    commit(root, 'feat: calendar, routes and clip');
  }, 5 * MINUTES);

  afterAll(() => Promise.all(listProcesses(root).map((one) => stopProcess(root, one))), MINUTES);

  it(
    'says what it would do, and does nothing',
    () => {
      const before = state();
      const { text } = expectOk(release('--dry-run'));
      expect(text).toContain("packages/calendar/pyproject.toml says 0.1.0, which isn't released yet");
      expect(text).toContain('CREATE packages/calendar/releases/0.1.0.json [dry-run]');
      expect(state()).toEqual(before);
    },
    5 * MINUTES,
  );

  it(
    'releases with one commit, tags, changelogs and records, and publishes',
    async () => {
      const before = git(root, 'rev-parse', 'HEAD');
      const { text } = expectOk(release());
      expect(git(root, 'rev-parse', 'HEAD~1')).toBe(before);
      expect(tags()).toEqual([`${CLIP}@0.1.0`, 'calendar@0.1.0', 'routes@0.1.0']);
      expect(git(root, 'status', '--porcelain')).toBe('');
      expect(read('packages/calendar/releases/CHANGELOG.md')).toContain('calendar, routes and clip');
      for (const folder of ['packages/calendar', 'packages/routes', 'packages/clip'])
        expect(record(`${folder}/releases/0.1.0.json`).tree).toBe(await treeInCommit(root, 'HEAD', folder));
      expect(text).toContain(
        `fabrica-calendar 0.1.0: published (from commit ${git(root, 'rev-parse', 'HEAD').slice(0, 12)})`,
      );
      expect(await pypiVersions('fabrica-calendar')).toEqual(['0.1.0']);
      expect(await pypiVersions('fabrica-routes')).toEqual(['0.1.0']);
      expect(Object.keys((await npmPackage()).versions)).toEqual(['0.1.0']);
    },
    5 * MINUTES,
  );

  it(
    'is used from a second workspace',
    async () => {
      const second = workspaceWithPlugin({
        'projects/trips/fabrica.yaml': 'owner: mobility\n',
        'projects/trips/pyproject.toml': [
          '[project]\nname = "trips"\nversion = "0.1.0"\nrequires-python = ">=3.11"',
          'dependencies = ["fabrica-routes==0.1.0"]\n',
          '[tool.uv]\nmanaged = false\n',
          '[tool.uv.sources]\nfabrica-routes = { index = "fabrica" }\nfabrica-calendar = { index = "fabrica" }\n',
        ].join('\n'),
        'projects/trips/src/trips/__init__.py': '',
        'app/package.json': '{ "name": "app", "private": true }',
      });
      shareTools(second);
      const [pypi, npm] = [await ensurePypi(root), await ensureNpm(root)];
      const { username, password } = embeddedCredentials(root);
      const company = {
        FABRICA_PYPI_URL: pypi.url,
        FABRICA_PYPI_USERNAME: username,
        FABRICA_PYPI_PASSWORD: password,
      };
      nxOk(second, ['run', 'trips:lock'], company);
      nxOk(second, ['run', 'trips:install'], company);
      const python = join(second, 'projects/trips/.venv/bin/python');
      const import_ =
        'from fabrica.routes import clipped; import fabrica.calendar; print(clipped.__module__)';
      expect(execFileSync(python, ['-c', import_], { encoding: 'utf8' })).toContain('fabrica.routes');
      // Neither Nx nor the toolkit has written the password down.
      const having = (folder: string) =>
        spawnSync('grep', ['-rlaF', '--exclude-dir=node_modules', password, folder], { encoding: 'utf8' })
          .stdout;
      expect([having(join(root, '.fabrica')), having(second)]).toEqual([
        expect.stringContaining('credentials.json'),
        '',
      ]);
      execFileSync('npm', ['install', `${CLIP}@0.1.0`, '--registry', npm.url, '--no-audit', '--no-fund'], {
        cwd: join(second, 'app'),
        env: cleanEnvironment(),
        stdio: 'pipe',
      });
      const used = execFileSync(process.execPath, ['-p', `Object.keys(require('${CLIP}'))`], {
        cwd: join(second, 'app'),
        encoding: 'utf8',
      });
      expect(used).toContain('clip');
    },
    5 * MINUTES,
  );

  it(
    'raises what dependents ask for, and their locks with it',
    async () => {
      change('calendar', 'fix(calendar): holidays of 2027');
      expectOk(release());
      expect(tags()).toEqual(['calendar@0.1.1', 'routes@0.1.1']);
      expect(read('packages/routes/pyproject.toml')).toContain('"fabrica-calendar>=0.1.1,<1"');
      expect(read('packages/calendar/releases/CHANGELOG.md')).toContain('holidays of 2027');
      expect(await pypiVersions('fabrica-routes')).toEqual(['0.1.0', '0.1.1']);
      nxOk(root, ['run', 'routes:install']);
      expect(release().text).toContain('Skipped publishing');
      expect(git(root, 'status', '--porcelain')).toBe('');
    },
    5 * MINUTES,
  );

  it(
    'can be yanked: no new lock takes it, and those that have it keep it',
    async () => {
      const project = (wanted: string) =>
        write(root, {
          'projects/trips/fabrica.yaml': 'owner: mobility\n',
          'projects/trips/pyproject.toml': `[project]\nname = "trips"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = ["${wanted}"]\n\n[tool.uv]\nmanaged = false\n\n[tool.uv.sources]\nfabrica-calendar = { index = "fabrica" }\n\n[dependency-groups]\ndev = ["pytest"]\n`,
          'projects/trips/tests/test_trips.py':
            'import fabrica.calendar\n\n\ndef test_name():\n    assert fabrica.calendar\n',
        });
      project('fabrica-calendar>=0.1');
      nxOk(root, ['run', 'trips:lock']);
      // All that its change may break is tested with it.
      const changed = '--files=packages/calendar/src/fabrica/calendar/_clip.py';
      const tested = nxOk(root, ['affected', '-t', 'test-candidate', changed, '--output-style=static']);
      expect(tested.text).toContain('✓ trips passes (1 test)');
      expect(tested.text).toContain('no project has fabrica-routes in its lock');
      expect(read('projects/trips/requirements.txt')).toContain('fabrica-calendar==0.1.1');
      const { text } = nxOk(root, ['run', 'calendar:yank', '--release=0.1.1', '--reason=forgets Easter']);
      expect(text).toContain('Next: git add packages/calendar/releases/0.1.1.json');
      nxOk(root, ['run', `${CLIP}:yank`, '--release=0.1.0', '--reason=clips too much']);
      expect((await npmPackage()).versions['0.1.0']).toMatchObject({ deprecated: 'clips too much' });

      expect(nxOk(root, ['run', 'trips:lock']).text).toContain(
        'fabrica-calendar 0.1.1 is yanked: forgets Easter',
      );
      expect(read('projects/trips/requirements.txt')).toContain('fabrica-calendar==0.1.1');
      nxOk(root, ['run', 'trips:lock', '--upgrade']);
      expect(read('projects/trips/requirements.txt')).toContain('fabrica-calendar==0.1.0');
      project('fabrica-calendar==0.1.1');
      const refused = nx(root, ['run', 'trips:lock']);
      expect(refused).toMatchObject({
        code: 1,
        text: expect.stringContaining('in projects/trips/pyproject.toml: fabrica-calendar==0.1.0'),
      });

      nxOk(root, ['run', `${CLIP}:yank`, '--release=0.1.0', '--undo']);
      expect((await npmPackage()).versions['0.1.0']).not.toHaveProperty('deprecated', 'clips too much');
      rmSync(join(root, 'projects/trips'), { recursive: true });
      commit(root, 'chore(calendar): yank 0.1.1');
    },
    5 * MINUTES,
  );

  it(
    'that was published half way is completed by nx release publish, also when work went on',
    async () => {
      change('calendar', 'fix(calendar): holidays of 2028');
      change('clip', `fix(clip): no clipping of nothing`);
      const { url, server } = await brokenRegistry();
      const failed = nx(root, ['release', '--yes', OURS], { FABRICA_PYPI_URL: url });
      expect(failed.code).toBe(1);
      // Asked before anything is written: nothing happened.
      expect(git(root, 'log', '-1', '--format=%s').trim()).toBe('fix(clip): no clipping of nothing');
      expect(git(root, 'status', '--porcelain')).toBe('');
      expect(failed.text).toContain('answers 500');

      expectOk(versioned());
      const half = publish({ FABRICA_PYPI_URL: url });
      server.kill();
      expect(half).toMatchObject({ code: 1 });
      expect(half.text).toContain(`${CLIP} 0.1.1: published`);
      expect(await pypiVersions('fabrica-calendar')).toEqual(['0.1.0', '0.1.1']);

      change('calendar', 'chore(calendar): work goes on');
      rmSync(join(root, '.fabrica/releases'), { recursive: true });
      const dry = expectOk(nx(root, ['release', 'publish', OURS, '--dry-run']));
      expect(dry.text).toContain('fabrica-calendar 0.1.2: to be published');
      const rest = expectOk(publish());
      expect(rest.text).toContain('fabrica-calendar 0.1.2: published');
      expect(rest.text).toContain(`${CLIP} 0.1.1: already published`);
      expect(publish().text).toContain('fabrica-calendar 0.1.2: already published');
    },
    5 * MINUTES,
  );

  it(
    'that was interrupted before its commit is taken up again',
    () => {
      change('routes', 'feat(routes): detours');
      const hook = join(root, '.git/hooks/pre-commit');
      write(root, { '.git/hooks/pre-commit': '#!/bin/sh\necho not now >&2\nexit 1\n' });
      chmodSync(hook, 0o755);
      expect(versioned()).toMatchObject({ code: 1 });
      expect(git(root, 'status', '--porcelain')).toContain('packages/routes/releases/0.1.3.json');
      rmSync(hook);
      expectOk(versioned());
      expect(tags()).toEqual(['routes@0.1.3']);
      expect(git(root, 'status', '--porcelain')).toBe('');
    },
    5 * MINUTES,
  );

  it(
    'that was interrupted before its tags is taken up again',
    () => {
      git(root, 'tag', '--delete', 'routes@0.1.3');
      const [head] = state();
      expectOk(versioned());
      expect([git(root, 'rev-parse', 'HEAD'), tags()]).toEqual([head, ['routes@0.1.3']]);
    },
    5 * MINUTES,
  );

  it(
    'takes back what it wrote when a package does not build',
    () => {
      git(root, 'rm', '--quiet', 'packages/routes/README.md');
      commit(root, 'fix(routes): no readme');
      const before = state();
      const { code, text } = release();
      expect([code, text]).toEqual([
        1,
        expect.stringContaining('the package in packages/routes does not build'),
      ]);
      expect(state()).toEqual(before);
      git(root, 'revert', '--no-edit', 'HEAD');
    },
    5 * MINUTES,
  );

  it(
    'refuses a dirty tree, a tag and a version that exist',
    async () => {
      write(root, { 'notes.txt': 'mine' });
      const dirty = release();
      expect([dirty.code, dirty.text]).toEqual([1, expect.stringContaining("this isn't: notes.txt")]);
      expect(dirty.text).toContain('git stash --include-untracked');
      rmSync(join(root, 'notes.txt'));

      git(root, 'tag', 'routes@0.9.0');
      const before = state();
      const tagged = release('0.9.0', '--projects=routes');
      expect([tagged.code, tagged.text]).toEqual([1, expect.stringContaining('there is a tag routes@0.9.0')]);
      git(root, 'tag', '--delete', 'routes@0.9.0');

      const taken = 'packages/routes/releases/0.1.1.json';
      git(root, 'rm', '--quiet', taken);
      commit(root, 'chore: the record is lost');
      git(root, 'tag', '--delete', 'routes@0.1.1');
      const exists = release('0.1.1', '--projects=routes');
      expect([exists.code, exists.text]).toEqual([
        1,
        expect.stringContaining('the registry has that version'),
      ]);
      git(root, 'reset', '--hard', '--quiet', 'HEAD~1');
      expect([git(root, 'rev-parse', 'HEAD'), git(root, 'status', '--porcelain')]).toEqual([before[0], '']);
    },
    5 * MINUTES,
  );

  it('is what publishes: npm by hand, in the folder, does not', () => {
    const npm = ['publish', '--registry', 'http://127.0.0.1:9/'];
    expect(() =>
      execFileSync('npm', npm, { cwd: join(root, 'packages/clip'), env: cleanEnvironment(), stdio: 'pipe' }),
    ).toThrow('npx nx release publish publishes it');
  });

  it(
    'makes pre-releases from a branch, in the forms of both worlds',
    async () => {
      git(root, 'switch', '--quiet', '--create', 'next');
      change('calendar', 'feat(calendar): moons');
      change('clip', 'feat(clip): moons');
      expectOk(release('--preid=beta'));
      expect(tags()).toEqual([`${CLIP}@0.1.2-beta.0`, 'calendar@0.1.3-beta.0', 'routes@0.1.4-beta.0']);
      expect(read('packages/calendar/pyproject.toml')).toContain('version = "0.1.3b0"');
      expect(read('packages/routes/pyproject.toml')).toContain('"fabrica-calendar>=0.1.3b0,<1"');
      expect(await pypiVersions('fabrica-calendar')).toContain('0.1.3b0');
      expect((await npmPackage())['dist-tags']).toMatchObject({ latest: '0.1.1', beta: '0.1.2-beta.0' });

      change('calendar', 'fix(calendar): new moons');
      const unknown = release('--preid=canary');
      expect(unknown).toMatchObject({
        code: 1,
        text: expect.stringContaining('Python has no form of the version'),
      });
      expectOk(versioned('--preid=beta'));
      expect(tags()).toEqual(['calendar@0.1.3-beta.1', 'routes@0.1.4-beta.1']);

      git(root, 'switch', '--quiet', 'main');
      git(root, 'merge', '--quiet', '--no-edit', 'next');
      expectOk(release());
      expect(tags()).toEqual([`${CLIP}@0.1.2`, 'calendar@0.1.3', 'routes@0.1.4']);
      expect((await npmPackage())['dist-tags']).toMatchObject({ latest: '0.1.2' });
    },
    5 * MINUTES,
  );

  it('leaves no build behind in git, and none of its own drafts', () => {
    expect(existsSync(join(root, '.fabrica/tmp')) ? readdirSync(join(root, '.fabrica/tmp')) : []).toEqual([]);
  });
});

function expectOk(said: Said): Said {
  expect([said.code, said.code ? said.text : '']).toEqual([0, '']);
  return said;
}

/** A registry that answers 500, in a process of its own: this one waits for Nx. */
async function brokenRegistry(): Promise<{ url: string; server: ChildProcess }> {
  const port = await freePort();
  const program = `require('http').createServer((_, answer) => answer.writeHead(500).end()).listen(${port}, '127.0.0.1', () => console.log('up'))`;
  const server = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'pipe'] });
  await printed(server, 'up');
  return { url: `http://127.0.0.1:${port}/simple/`, server };
}

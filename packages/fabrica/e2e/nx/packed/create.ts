import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProcesses } from '../../../bin/process-tree.cjs';
import { embeddedCredentials } from '../../../src/registries/credentials';
import { versionsOnIndex } from '../../../src/registries/index-client';
import { ensurePypi } from '../../../src/registries/registries';
import { freePort } from '../../../src/support/ports';
import { ended, serverThatHangs, serverThatSays } from '../../support/workspace';
import { commit, git, HERE, nxOk, write } from '../workspace';
import type { PackedHouse } from './house';

const MINUTES = 60_000;
const PROGRAM = join(HERE, 'packages/create-fabrica/bin/create-fabrica.cjs');
const TERMINAL = join(__dirname, '..', '..', 'support', 'on_terminal.py');

/** What the other tests don't show, which work in a workspace of npm: pnpm, a company's index, mistakes and faults. */
export function describeCreate(packed: PackedHouse): void {
  const at = (path: string) => join(packed.folder, path);

  it(
    'makes a workspace of pnpm that is green, with the shared packages on the index of the company',
    async () => {
      const index = await ensurePypi(packed.house.root);
      const { username, password } = embeddedCredentials(packed.house.root);
      const env = { FABRICA_PYPI_USERNAME: username, FABRICA_PYPI_PASSWORD: password };
      const flags = ['--package-manager=pnpm', `--pypi-index=${index.url}`, '--fill-index'];
      const made = await packed.create(['acme-pnpm', '--project=trips', '--owner=mobility', ...flags], env);
      expect([made.code, made.output]).toEqual([0, expect.stringContaining('Next:\n  cd acme-pnpm\n')]);
      expect(await versionsOnIndex(index, 'fabrica-storage')).toHaveLength(1);
      // Nobody told git who commits here: the workspace is whole all the same.
      expect(made.output).toContain('git made no commit');
      expect(made.output).toContain('git add --all && git commit');

      const root = at('acme-pnpm');
      const read = (file: string) => readFileSync(join(root, file), 'utf8');
      expect(JSON.parse(read('package.json')).packageManager).toMatch(/^pnpm@\d/);
      expect(read('.github/workflows/ci.yml')).toContain('pnpm install --frozen-lockfile');
      for (const file of git(root, 'ls-files', '--cached').trim().split('\n'))
        expect([file, read(file).includes(password)]).toEqual([file, false]);
      commit(root, 'Start');
      nxOk(root, ['run-many', '-t', 'test', 'lint', 'typecheck', 'boundaries', 'layout'], env);
      nxOk(root, ['sync:check']);
      expect(git(root, 'status', '--porcelain')).toBe('');
      const { targets } = JSON.parse(nxOk(root, ['show', 'project', 'trips', '--json']).stdout);
      expect(targets.test.options.command).toBe(
        'node node_modules/fabrica/bin/env.cjs projects/trips -- pytest',
      );
    },
    15 * MINUTES,
  );

  it(
    'leaves alone what is there',
    async () => {
      write(packed.folder, { 'ours/notes.txt': 'mine\n' });
      const { code, output } = await packed.create(['ours', '--owner=mobility']);
      expect(code).toBe(1);
      expect(output).toContain("ours exists and isn't empty\n  try npx create-fabrica ours-2");
      expect(readdirSync(at('ours'))).toEqual(['notes.txt']);
    },
    2 * MINUTES,
  );

  it(
    'writes nothing when the registry does not answer, and says what to type again',
    async () => {
      const registry = `http://127.0.0.1:${await freePort()}/`;
      const args = ['acme-lost', '--owner=mobility', `--npm-registry=${registry}`];
      const { code, output } = await ended(
        spawn(process.execPath, [PROGRAM, ...args], { cwd: packed.folder, env: packed.environment() }),
      );
      expect(code).toBe(1);
      expect(output).toMatch(new RegExp(`can't be had from ${registry}\n.*ECONNREFUSED`, 's'));
      expect(output).toContain(
        `npx create-fabrica acme-lost --project bikes --owner mobility --package-manager npm --npm-registry ${registry} --yes`,
      );
      expect(existsSync(at('acme-lost'))).toBe(false);
    },
    2 * MINUTES,
  );

  it(
    'takes all of it back when the Python index refuses; a folder that was there stays',
    async () => {
      mkdirSync(at('acme-refused'));
      const { url, server } = await serverThatSays(401);
      const { code, output } = await packed.create([
        'acme-refused',
        '--owner=mobility',
        `--pypi-index=${url}`,
      ]);
      server.close();
      expect(code).toBe(1);
      expect(output).toContain('the project bikes could not be made');
      expect(output).toContain('FABRICA_PYPI_USERNAME');
      expect(output).toMatch(/--yes +# again: nothing is left of this/);
      expect(output).not.toContain('CREATE ');
      expect(readdirSync(at('acme-refused'))).toEqual([]);
    },
    5 * MINUTES,
  );

  it(
    'takes all of it back when it is interrupted, and leaves nothing running',
    async () => {
      const { url, asked, server } = await serverThatHangs();
      const args = ['acme-cancelled', '--owner=mobility', `--pypi-index=${url}`];
      const child = spawn(process.execPath, [PROGRAM, ...args], {
        cwd: packed.folder,
        env: packed.environment(),
      });
      const end = ended(child);
      await asked;
      child.kill('SIGINT');
      const { code, output } = await end;
      server.close();
      expect([code, output]).toEqual([130, expect.stringContaining('cancelled; nothing is left')]);
      expect(existsSync(at('acme-cancelled'))).toBe(false);
      expect(findProcesses([join(at('acme-cancelled'), 'node_modules/nx/dist/bin/nx.js')])).toEqual([]);
    },
    5 * MINUTES,
  );

  it(
    'says that pnpm is not there, and how to do without',
    async () => {
      const path = (process.env.PATH ?? '').split(':').filter((one) => !existsSync(join(one, 'pnpm')));
      const args = ['acme-none', '--owner=mobility', '--package-manager=pnpm'];
      const { code, output } = await packed.create(args, { PATH: path.join(':') });
      expect(code).toBe(1);
      expect(output).toContain('pnpm is not installed, or not on the PATH\n  try npm install --global pnpm');
      expect(output).toContain('npx create-fabrica acme-none --package-manager npm');
    },
    2 * MINUTES,
  );

  it(
    'asks on a terminal for what the flags leave open, and again where an answer can not be',
    async () => {
      const registry = `http://127.0.0.1:${await freePort()}/`;
      const answers = ['Acme Science', 'acme-asked', 'churn', 'growth', '', registry, '', ''];
      const { CI: _, ...env } = packed.environment({ TERM: 'xterm' });
      const args = [TERMINAL, JSON.stringify(answers), process.execPath, PROGRAM];
      const { code, output } = await ended(spawn('python3', args, { cwd: packed.folder, env }));
      expect(code).toBe(1);
      expect(output).toContain('npm doesn\'t take "Acme Science" as a name');
      expect(output).toContain(
        `npx create-fabrica acme-asked --project churn --owner growth --package-manager npm --npm-registry ${registry} --yes`,
      );
    },
    2 * MINUTES,
  );
}
